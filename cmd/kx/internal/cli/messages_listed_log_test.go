package cli

// logListed are the messages about logs that other tables do not bring about.
var logListed = []listedMessage{
	{"a followed log is read whole", "a log that is followed has no end to wait for: use Lines or Open"},
	{"a followed log is copied", "Copy resumes no lost connection: use Lines or Open"},
	{"the connection is lost within a log that is read whole", "log of pod %s: %w"},
	{"a proxy answers with JSON in place of a log", "the answer is no plain text: a proxy may have sent it"},
	{"a proxy answers with 204 in place of a log", "the answer has no content, and the pod is on node %s: a proxy may have sent it"},
	{"the kubelet answers in place of a log that has no times", "the node cannot read it"},
	{"a log is too large to be read whole", "log of pod %s: it has more bytes than subresource.MaxLogBytes, which is %d: set Tail or LimitBytes, or use Lines or Open"},
	{"a pod is deleted while its log is out of reach", "%s: %w before its last lines were read: %w"},
	{"the end of a log whose pod is deleted", "the answer ended within a line"},
	{"the end of a log whose pod is deleted, before the last line", "the answer ended before the last line that was read"},
	{"Follow and Previous", "the previous run has ended: leave out Follow"},
	{"a negative Since", "the duration is negative: zero means the whole log"},
	{"Since and SinceTime", "Since is set as well: leave out one of them"},
	{"a negative Tail", "the number of lines is negative: nil means the whole log"},
	{"more logs are followed than at once", "as many logs are followed as MaxRequests allows"},
	{"a negative MaxRequests", "the number of requests is negative: zero means the default"},
	{"the context of merged logs ends", "logs of pods: %w"},
	{"a negative LimitBytes", "the number of bytes is negative: zero means no limit"},
	{"logs -l -f, and a pod is created", "Following container %s of pod %s"},
	{"logs -l -f, and the user may not watch pods", "pods that are created later are not followed: %s"},
	{"logs -l -f, and more pods are created than --max-log-requests allows", "container %s of pod %s is followed when another log ends: raise --max-log-requests"},
}

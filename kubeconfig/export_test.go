package kubeconfig

// The seams for tests: a pod's service account in another folder, and a home folder as Windows names it.

func LoadInPod(o Options, serviceAccountDir string) (*Config, error) {
	p := thisPod()
	p.dir = serviceAccountDir
	return load(o, p)
}

func InPod(serviceAccountDir string) (*Config, error) {
	p := thisPod()
	p.dir = serviceAccountDir
	return p.config("")
}

var HomeFile = homeFile

package kubeconfig

// Tests put a pod's service account into another folder, and name the home folder like Windows.

func LoadInPod(o Options, serviceAccountDir string) (*Config, error) {
	p := thisPod()
	p.dir = serviceAccountDir
	return loadWithPod(p, o)
}

func InPod(serviceAccountDir string) (*Config, error) {
	p := thisPod()
	p.dir = serviceAccountDir
	return p.config("")
}

var FileInHome = homeFile

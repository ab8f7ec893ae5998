// Package yamlnode reads YAML and walks its nodes within limits.
//
// Packages kubeconfig and patch read YAML with it, by the rules of kubectl's sigs.k8s.io/yaml:
// plain yes and on are booleans, as in YAML 1.1, and a merge key overrides the fields before it.
//
//	docs, err := yamlnode.Parse(text)
//	walker := yamlnode.NewWalker(yamlnode.NodesOf(len(text)))
//	err = walker.Mapping(docs[0].Content[0], func(key, value *yaml.Node) error {
//		fmt.Println(key.Value, yamlnode.KindName(value))
//		return nil
//	})
//
// A program that imports the package and calls none of its functions links no code of the parser.
// Package yamltext writes YAML.
package yamlnode

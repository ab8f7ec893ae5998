package auth_test

import (
	"context"
	"fmt"
	"log"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/transport"
)

// readerClient returns a client of a user who may read pods and their logs.
func readerClient() (client *transport.Client, stop func()) {
	srv, err := kxtest.New()
	if err != nil {
		log.Fatal(err)
	}
	client, err = transport.New(srv.User("jane", kxtest.Allow("get,list", "pods", "pods/log")))
	if err != nil {
		log.Fatal(err)
	}
	return client, srv.Close
}

func ExampleWhoAmI() {
	client, stop := readerClient() // transport.New(cfg) in a program
	defer stop()
	user, err := auth.WhoAmI(context.Background(), client)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(user.Username)
	// Output: jane
}

func ExampleCanI() {
	client, stop := readerClient()
	defer stop()
	decision, err := auth.CanI(context.Background(), client, auth.Attributes{Verb: "create", Resource: "pods", Subresource: "exec", Namespace: "default"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(decision.Allowed)
	// Output: false
}

func ExampleRules() {
	client, stop := readerClient()
	defer stop()
	list, err := auth.Rules(context.Background(), client, "default")
	if err != nil {
		log.Fatal(err)
	}
	for _, rule := range list.Rules {
		if rule.Verbs[0] == "get" && len(rule.Resources) > 0 {
			fmt.Println(rule.Verbs, rule.Resources)
		}
	}
	// Output:
	// [get list] [pods]
	// [get list] [pods/log]
}

func ExampleCheck() {
	client, stop := readerClient()
	defer stop()
	report, err := auth.Check(context.Background(), client, "default")
	if err != nil {
		log.Fatal(err)
	}
	for _, task := range report.Tasks {
		fmt.Println(task.Name, task.Allowed())
	}
	role, _, err := report.Role() // for an administrator to grant
	if err != nil {
		log.Fatal(err)
	}
	for _, rule := range role.Rules {
		fmt.Println(rule.Verbs, rule.Resources)
	}
	// Output:
	// debug false
	// exec false
	// attach false
	// logs true
	// port-forward false
	// [patch] [pods/ephemeralcontainers]
	// [get create] [pods/exec pods/attach pods/portforward]
}

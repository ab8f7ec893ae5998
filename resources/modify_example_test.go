package resources_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/kx-k8s/kx/resources"
)

func ExampleEndpoint_Modify() {
	client, stop := demo()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	settings := resources.New[resources.ConfigMap](client)
	_, err := settings.Create(ctx, &resources.ConfigMap{
		Metadata: resources.ObjectMeta{Name: "settings"},
		Data:     map[string]string{"color": "red"},
	})
	if err != nil {
		log.Fatal(err)
	}

	stored, err := settings.Modify(ctx, "settings", func(m *resources.ConfigMap) error {
		m.Data["color"] = "blue"
		return nil
	})
	var gaveUp *resources.ModifyError
	if errors.As(err, &gaveUp) {
		log.Fatalf("other programs were faster %d times: %v", gaveUp.Attempts, err)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stored.Data["color"])
	// Output: blue
}

func ExampleMetadata() {
	client, stop := demo()
	defer stop()
	pods := resources.New[resources.Pod](client)
	for object, err := range resources.Metadata(pods).All(context.Background(), resources.ListOptions{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(object.Kind, object.Metadata.Name)
	}
	// Output:
	// PartialObjectMetadata distroless
	// PartialObjectMetadata shell
}

func ExampleSecret() {
	client, stop := demo()
	defer stop()
	secrets := resources.New[resources.Secret](client)
	stored, err := secrets.Create(context.Background(), &resources.Secret{
		Metadata:   resources.ObjectMeta{Name: "login"},
		StringData: map[string]string{"user": "admin"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stored.Type, string(stored.Data["user"]))
	// Output: Opaque admin
}

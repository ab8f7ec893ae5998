// Package auth asks the API server for the client's identity and permissions.
//
//   - [WhoAmI], [CanI] and [Rules] each send one review of authentication.k8s.io/v1 or
//     authorization.k8s.io/v1. The role system:basic-user allows these to every authenticated user.
//   - [Check] reports whether debug, exec, attach, logs and port-forward work. [Report.Role]
//     returns the smallest Role and RoleBinding for those that do not.
//
// For example:
//
//	user, err := auth.WhoAmI(ctx, client)
//	if err != nil {
//		log.Fatal(err)
//	}
//	may, err := auth.CanI(ctx, client, auth.Attributes{
//		Verb: "patch", Resource: "pods", Subresource: "ephemeralcontainers", Namespace: "default",
//	})
//	if err != nil {
//		log.Fatal(err)
//	}
//	fmt.Println(user.Username, may.Allowed)
//
// With impersonation the results are for the impersonated user.
package auth

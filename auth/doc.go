// Package auth asks the API server who one is, and what one may do.
//
// WhoAmI, CanI and Rules each send one review (authentication.k8s.io/v1 and authorization.k8s.io/v1), which every user who is known to the server may
// do unless the role system:basic-user was taken away. Check goes further: it finds out whether debug, exec, attach, logs and port-forward work,
// and Report.Role gives the smallest Role and RoleBinding for those that do not.
//
// With impersonation the answers are those for whom the requests act as.
package auth

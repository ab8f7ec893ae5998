package cli

import (
	"github.com/spf13/cobra"
)

func newAuth(k *kx) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "auth",
		Short: "Ask the server who you are and what you may do",
		Long: `auth asks the server who you are to it, and what you may do.
"kx auth check" puts on one page which credential is used, whether the server takes it, and which of debug, exec, attach, logs and port-forward you may do.

` + exitStatus,
		Example: `  kx auth check
  kx auth whoami
  kx auth can-i get pods`,
	})
	cmd.AddCommand(newAuthCheck(k), newAuthWhoAmI(k), newAuthCanI(k))
	return cmd
}

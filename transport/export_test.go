package transport

import "net"

// Dialed makes of conn what a Client's own dialer gives.
func Dialed(conn net.Conn) net.Conn { return &bulkConn{Conn: conn} }

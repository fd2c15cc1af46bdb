package main

import (
	"net"
	"sync/atomic"
	"time"
)

// delay passes the connections that come to the listener on to an address, and holds the first byte of each response back
// for a time. It looks at no byte: what comes from the server after something came from the client is a new response. That
// is so as long as a client waits for a whole response before it asks again, as those of package net/http do. It returns
// when the listener is closed.
func delay(listener net.Listener, address string, d time.Duration) error {
	for {
		client, err := listener.Accept()
		if err != nil {
			return err
		}
		go pass(client, address, d)
	}
}

// pass serves one connection until either side ends it.
func pass(client net.Conn, address string, d time.Duration) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	var asked atomic.Bool
	go func() {
		copyConnection(server, client, func() { asked.Store(true) })
		server.Close()
	}()
	copyConnection(client, server, func() {
		if asked.Swap(false) {
			time.Sleep(d)
		}
	})
}

// copyConnection copies until either side ends, and calls before between each read and its write.
func copyConnection(to, from net.Conn, before func()) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			before()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

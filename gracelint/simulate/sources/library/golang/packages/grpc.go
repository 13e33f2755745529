package grpc

import (
	"context"
	"net"
	"net/http"
)

type Server struct {
	server *http.Server
	done   chan struct{}
}

func NewServer(opts ...interface{}) *Server { return &Server{server: &http.Server{}, done: make(chan struct{})} }

// Serve comes back once whoever stops it is through.
func (s *Server) Serve(l net.Listener) error {
	s.server.Serve(l)
	<-s.done
	return nil
}

func (s *Server) GracefulStop() {
	s.server.Shutdown(context.Background())
	close(s.done)
}

func (s *Server) Stop() {
	s.server.Close()
	close(s.done)
}

package grpc

import (
	"net"
	"net/http"
)

type Server struct {
	server *http.Server
}

func NewServer(opts ...interface{}) *Server { return &Server{server: &http.Server{}} }

func (s *Server) Serve(l net.Listener) error {
	s.server.Serve(l)
	return nil
}

func (s *Server) GracefulStop() { s.server.Close() }

func (s *Server) Stop() { s.server.Close() }

package echo

import (
	"context"
	"net/http"
)

type Echo struct {
	Server *http.Server
}

func New() *Echo { return &Echo{Server: &http.Server{}} }

func (e *Echo) Start(address string) error { return e.Server.ListenAndServe() }

func (e *Echo) StartTLS(address string, cert, key interface{}) error {
	return e.Server.ListenAndServe()
}

func (e *Echo) StartServer(s *http.Server) error {
	e.Server = s
	return s.ListenAndServe()
}

func (e *Echo) Shutdown(ctx context.Context) error { return e.Server.Shutdown(ctx) }

func (e *Echo) Close() error { return e.Server.Close() }

package gin

import (
	"net"
	"net/http"
)

type Engine struct{}

func New() *Engine { return &Engine{} }

func Default() *Engine { return &Engine{} }

func (e *Engine) Run(addr ...string) error { return http.ListenAndServe(":8080", e) }

func (e *Engine) RunTLS(addr, cert, key string) error { return http.ListenAndServe(addr, e) }

func (e *Engine) RunListener(l net.Listener) error { return http.Serve(l, e) }

package fiber

import (
	"context"
	"net"
	"net/http"
	"time"
)

type App struct {
	server *http.Server
}

func New(config ...interface{}) *App { return &App{server: &http.Server{}} }

func (a *App) Listen(addr string) error {
	a.server.ListenAndServe()
	return nil
}

func (a *App) Listener(l net.Listener) error {
	a.server.Serve(l)
	return nil
}

func (a *App) Shutdown() error { return a.server.Shutdown(context.Background()) }

func (a *App) ShutdownWithTimeout(timeout time.Duration) error {
	return a.server.Shutdown(context.Background())
}

func (a *App) ShutdownWithContext(ctx context.Context) error { return a.server.Shutdown(ctx) }

package run

import (
	"context"
	"errors"
	"os"
	"os/signal"
)

type Group struct {
	actors []actor
}

type actor struct {
	execute   func() error
	interrupt func(error)
}

func (g *Group) Add(execute func() error, interrupt func(error)) {
	g.actors = append(g.actors, actor{execute: execute, interrupt: interrupt})
}

func (g *Group) Run() error {
	errs := make(chan error, len(g.actors))
	for _, a := range g.actors {
		a := a
		go func() { errs <- a.execute() }()
	}
	err := <-errs
	for _, a := range g.actors {
		a.interrupt(err)
	}
	for i := 1; i < len(g.actors); i++ {
		<-errs
	}
	return err
}

func SignalHandler(ctx context.Context, signals ...os.Signal) (func() error, func(error)) {
	ctx, cancel := context.WithCancel(ctx)
	execute := func() error {
		c := make(chan os.Signal, 1)
		signal.Notify(c, signals...)
		defer signal.Stop(c)
		select {
		case <-c:
			return errors.New("received a signal")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return execute, func(error) { cancel() }
}

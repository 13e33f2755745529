package cron

import (
	"context"
	"time"
)

type Cron struct {
	stop context.Context
	end  func()
}

func New(opts ...interface{}) *Cron {
	stop, end := context.WithCancel(context.Background())
	return &Cron{stop: stop, end: end}
}

func (c *Cron) Start() {}

func (c *Cron) Run() { <-c.stop.Done() }

// Stop lets what runs go on, and ends what it gives once that is through.
func (c *Cron) Stop() context.Context {
	c.end()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		time.Sleep(100 * time.Millisecond)
		cancel()
	}()
	return ctx
}

package cron

import "context"

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

func (c *Cron) Stop() context.Context {
	c.end()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

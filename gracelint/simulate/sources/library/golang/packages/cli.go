package cli

import (
	"context"
	"os"
)

type Context struct {
	Context context.Context
}

type Command struct {
	Name        string
	Aliases     []string
	Action      func(c *Context) error
	Before      func(c *Context) error
	Subcommands []*Command
}

type App struct {
	Name     string
	Action   func(c *Context) error
	Before   func(c *Context) error
	Commands []*Command
}

func NewApp() *App { return &App{} }

func (a *App) Run(args []string) error { return a.RunContext(context.Background(), args) }

func (a *App) RunContext(ctx context.Context, args []string) error {
	action := a.Action
	commands := a.Commands
	c := &Context{Context: ctx}
	for _, word := range args[1:] {
		for _, one := range commands {
			if one.Name == word {
				action = one.Action
				commands = one.Subcommands
				break
			}
		}
	}
	if a.Before != nil {
		if err := a.Before(c); err != nil {
			return err
		}
	}
	if action == nil {
		return nil
	}
	err := action(c)
	if err != nil {
		return err
	}
	return nil
}

func Exit(message interface{}, code int) error {
	os.Exit(code)
	return nil
}

package cobra

import (
	"context"
	"os"
	"strings"
)

type Command struct {
	Use               string
	Run               func(cmd *Command, args []string)
	RunE              func(cmd *Command, args []string) error
	PersistentPreRun  func(cmd *Command, args []string)
	PersistentPreRunE func(cmd *Command, args []string) error
	PreRun            func(cmd *Command, args []string)
	PreRunE           func(cmd *Command, args []string) error
	commands          []*Command
	ctx               context.Context
}

func OnInitialize(y ...func()) {
	for _, f := range y {
		f()
	}
}

func (c *Command) AddCommand(commands ...*Command) {
	c.commands = append(c.commands, commands...)
}

func (c *Command) Context() context.Context { return c.ctx }

func (c *Command) SetContext(ctx context.Context) { c.ctx = ctx }

func (c *Command) Execute() error { return c.ExecuteContext(context.Background()) }

func (c *Command) ExecuteContext(ctx context.Context) error {
	args := os.Args[1:]
	command := c
	before := c
	rest := []string{}
	for _, word := range args {
		found := false
		for _, one := range command.commands {
			if strings.Fields(one.Use)[0] == word {
				command = one
				found = true
				break
			}
		}
		if !found && !strings.HasPrefix(word, "-") {
			rest = append(rest, word)
		}
		if command.PersistentPreRun != nil || command.PersistentPreRunE != nil {
			before = command
		}
	}
	command.ctx = ctx
	if before.PersistentPreRun != nil {
		before.PersistentPreRun(command, rest)
	}
	if before.PersistentPreRunE != nil {
		if err := before.PersistentPreRunE(command, rest); err != nil {
			return err
		}
	}
	if command.PreRun != nil {
		command.PreRun(command, rest)
	}
	if command.PreRunE != nil {
		if err := command.PreRunE(command, rest); err != nil {
			return err
		}
	}
	if command.RunE != nil {
		return command.RunE(command, rest)
	}
	if command.Run != nil {
		command.Run(command, rest)
	}
	return nil
}

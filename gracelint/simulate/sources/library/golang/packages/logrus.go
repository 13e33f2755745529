package logrus

import "os"

func Fatal(args ...interface{}) { os.Exit(1) }

func Fatalf(format string, args ...interface{}) { os.Exit(1) }

func Fatalln(args ...interface{}) { os.Exit(1) }

# server: x/crypto/ssh 0.4 (Go)
# packages: golang-go golang-golang-x-crypto-dev
# url: ssh://git@127.0.0.1:PORT/FOLDER/served/project.git
# versions: 2 0
# What Gitea and Soft Serve are built on. It runs what it is told to.
set -eu
program=$(bash "$(dirname "$0")/suite/go.sh" xcrypto-sshd <<'GO'
package main

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"os/exec"

	"golang.org/x/crypto/ssh"
)

func main() {
	host, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(host)
	if err != nil {
		log.Fatal(err)
	}
	keys, err := os.ReadFile(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	permitted, _, _, _, err := ssh.ParseAuthorizedKey(keys)
	if err != nil {
		log.Fatal(err)
	}
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if !bytes.Equal(key.Marshal(), permitted.Marshal()) {
				return nil, errors.New("not permitted")
			}
			return nil, nil
		},
	}
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(connection, config)
	}
}

func serve(connection net.Conn, config *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(connection, config)
	if err != nil {
		return // Whoever looked whether it listens.
	}
	go ssh.DiscardRequests(requests)
	for asked := range channels {
		if asked.ChannelType() != "session" {
			asked.Reject(ssh.UnknownChannelType, "sessions only")
			continue
		}
		channel, requests, err := asked.Accept()
		if err != nil {
			return
		}
		go session(channel, requests)
	}
}

func session(channel ssh.Channel, requests <-chan *ssh.Request) {
	environment := os.Environ()
	for request := range requests {
		switch request.Type {
		case "env":
			var variable struct{ Name, Value string }
			taken := os.Args[4] == "2" && ssh.Unmarshal(request.Payload, &variable) == nil && variable.Name == "GIT_PROTOCOL"
			if taken {
				environment = append(environment, variable.Name+"="+variable.Value)
			}
			request.Reply(taken, nil)
		case "exec":
			var command struct{ Text string }
			if err := ssh.Unmarshal(request.Payload, &command); err != nil {
				request.Reply(false, nil)
				continue
			}
			request.Reply(true, nil)
			go run(channel, command.Text, environment)
		default:
			request.Reply(false, nil)
		}
	}
}

func run(channel ssh.Channel, text string, environment []string) {
	defer channel.Close()
	command := exec.Command("sh", "-c", text)
	command.Env, command.Stdout, command.Stderr = environment, channel, channel.Stderr()
	input, err := command.StdinPipe()
	if err != nil {
		log.Print(err)
		return
	}
	go func() {
		io.Copy(input, channel)
		input.Close()
	}()
	var status struct{ Code uint32 }
	if err := command.Run(); err != nil {
		status.Code = 1
	}
	channel.SendRequest("exit-status", false, ssh.Marshal(&status))
}
GO
)
ssh-keygen -q -t ed25519 -N '' -f "$1/host"
exec "$program" "$1/host" "$2" "$1/client.pub" "$3"

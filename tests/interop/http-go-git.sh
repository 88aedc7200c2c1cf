# server: go-git 5.4
# packages: golang-go golang-github-go-git-go-git-dev
# url: http://127.0.0.1:PORT/project.git
# versions: 0
# depths: 0
# Its server has neither side-band nor shallow. What is around it here is HTTP, as little as there can be.
set -eu
program=$(bash "$(dirname "$0")/suite/go.sh" go-git-server <<'GO'
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/server"
)

func session() transport.UploadPackSession {
	endpoint, err := transport.NewEndpoint("/project.git")
	if err != nil {
		log.Fatal(err)
	}
	found, err := server.NewServer(server.NewFilesystemLoader(osfs.New(os.Args[1]))).NewUploadPackSession(endpoint, nil)
	if err != nil {
		log.Fatal(err)
	}
	return found
}

func main() {
	http.HandleFunc("/project.git/info/refs", func(answer http.ResponseWriter, request *http.Request) {
		refs, err := session().AdvertisedReferences()
		if err != nil {
			http.Error(answer, err.Error(), http.StatusInternalServerError)
			return
		}
		answer.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		refs.Prefix = [][]byte{[]byte("# service=git-upload-pack"), pktline.Flush}
		if err := refs.Encode(answer); err != nil {
			log.Print(err)
		}
	})
	http.HandleFunc("/project.git/git-upload-pack", func(answer http.ResponseWriter, request *http.Request) {
		asked := packp.NewUploadPackRequest()
		if err := asked.Decode(request.Body); err != nil {
			http.Error(answer, err.Error(), http.StatusBadRequest)
			return
		}
		pack, err := session().UploadPack(request.Context(), asked)
		if err != nil {
			http.Error(answer, err.Error(), http.StatusInternalServerError)
			return
		}
		answer.Header().Set("Content-Type", "application/x-git-upload-pack-result")
		if err := pack.Encode(answer); err != nil {
			log.Print(err)
		}
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[2], nil))
}
GO
)
exec "$program" "$1/served" "$2"

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apiserver/pkg/util/flushwriter"
	criapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	crilogs "k8s.io/cri-client/pkg/logs"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/core/install" // how options are read from a query
	utilexec "k8s.io/utils/exec"
)

// kubelet answers what the API server asks a node for: container logs and exec, with the same packages that the real one and its
// container runtimes use. kwok's own node server is not used, because it hides exit codes and never ends a command's standard input.
//
// A container is a folder, see findContainer: `log` and `previous.log` (lines as the container runtime writes them), `root/` (the
// working directory), `bin/` (first in PATH), `environment.json`, and `waiting`
// with a reason while it does not run.
type kubelet struct {
	containers string
}

func runKubelet() error {
	flags := flag.NewFlagSet("kubelet", flag.ExitOnError)
	address := flags.String("address", "", "host:port to listen on")
	containers := flags.String("containers", "", "folder with the containers")
	ca := flags.String("client-ca-file", "", "who signs the certificates of those that may ask")
	certificate := flags.String("tls-cert-file", "", "server certificate")
	key := flags.String("tls-private-key-file", "", "its key")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	pem, err := os.ReadFile(*ca)
	if err != nil {
		return err
	}
	clients := x509.NewCertPool()
	if !clients.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s holds no certificate", *ca)
	}
	k := &kubelet{containers: *containers}
	mux := http.NewServeMux()
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", k.exec)
	mux.HandleFunc("/exec/{namespace}/{pod}/{uid}/{container}", k.exec)
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", k.logs)
	server := &http.Server{
		Addr:              *address,
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		// SPDY takes the connection over, which HTTP/2 cannot do.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
		TLSConfig:    &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients},
	}
	return server.ListenAndServeTLS(*certificate, *key)
}

// findContainer gives the most particular folder there is; "_" stands for any pod or container.
func (k *kubelet) findContainer(namespace, pod, container string) string {
	for _, names := range [][2]string{{pod, container}, {pod, "_"}, {"_", container}} {
		folder := filepath.Join(k.containers, namespace, names[0], names[1])
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			return folder
		}
	}
	return filepath.Join(k.containers, namespace, "_", "_")
}

func (k *kubelet) logs(response http.ResponseWriter, request *http.Request) {
	namespace, pod, container := request.PathValue("namespace"), request.PathValue("pod"), request.PathValue("container")
	options := &corev1.PodLogOptions{}
	if err := legacyscheme.ParameterCodec.DecodeParameters(request.URL.Query(), corev1.SchemeGroupVersion, options); err != nil {
		refuse(response, http.StatusBadRequest, `{"message": "Unable to decode query."}`)
		return
	}
	folder := k.findContainer(namespace, pod, container)
	if reason, err := os.ReadFile(filepath.Join(folder, "waiting")); err == nil && !options.Previous {
		refuse(response, http.StatusBadRequest, "container %q in pod %q is waiting to start: %s", container, pod, reason)
		return
	}
	path := filepath.Join(folder, "log")
	if options.Previous {
		path = filepath.Join(folder, "previous.log")
		if _, err := os.Stat(path); err != nil {
			refuse(response, http.StatusBadRequest, "previous terminated container %q in pod %q not found", container, pod)
			return
		}
	} else if _, err := os.Stat(path); err != nil {
		// A container that said nothing yet.
		path = filepath.Join(k.containers, "silent.log")
	}
	out := flushwriter.Wrap(response)
	var stdout, stderr io.Writer = out, out
	if options.Stream != nil && *options.Stream == corev1.LogStreamStdout {
		stderr = nil
	}
	if options.Stream != nil && *options.Stream == corev1.LogStreamStderr {
		stdout = nil
	}
	err := crilogs.ReadLogs(request.Context(), path, "", logOptions(options), alwaysRunning{}, stdout, stderr)
	if err != nil {
		refuse(response, http.StatusBadRequest, "%v", err)
	}
}

// logOptions also turns sinceSeconds into a time; the API server lets only one of the two through.
func logOptions(asked *corev1.PodLogOptions) *crilogs.LogOptions {
	options := &crilogs.LogOptions{TailLines: asked.TailLines, LimitBytes: asked.LimitBytes, Follow: asked.Follow, Timestamp: asked.Timestamps}
	if asked.SinceSeconds != nil {
		options.Since = time.Now().Add(-time.Duration(*asked.SinceSeconds) * time.Second)
	}
	if asked.SinceTime != nil {
		options.Since = asked.SinceTime.Time
	}
	return options
}

// refuse answers plain text, of which the API server makes a Status.
func refuse(response http.ResponseWriter, status int, format string, values ...any) {
	response.WriteHeader(status)
	_, _ = fmt.Fprintf(response, format, values...)
}

// alwaysRunning lets `follow` go on until the client leaves.
type alwaysRunning struct {
	criapi.RuntimeService
}

func (alwaysRunning) ContainerStatus(context.Context, string, bool) (*runtimeapi.ContainerStatusResponse, error) {
	return nil, status.Error(codes.Unavailable, "no runtime")
}

func (k *kubelet) exec(response http.ResponseWriter, request *http.Request) {
	options, err := remotecommand.NewOptions(request)
	if err != nil {
		refuse(response, http.StatusBadRequest, "%v", err)
		return
	}
	namespace, pod, container := request.PathValue("namespace"), request.PathValue("pod"), request.PathValue("container")
	folder := k.findContainer(namespace, pod, container)
	if _, err := os.Stat(filepath.Join(folder, "waiting")); err == nil {
		refuse(response, http.StatusInternalServerError, "container not found (%q)", container)
		return
	}
	remotecommand.ServeExec(response, request, executor{folder: folder}, pod, request.PathValue("uid"), container, request.URL.Query()["command"], options, 4*time.Hour, remotecommand.DefaultStreamCreationTimeout,
		remotecommand.SupportedStreamingProtocols)
}

type executor struct {
	folder string
}

// ExecInContainer runs the command with the container's environment only: nothing of the test's own gets in.
func (e executor) ExecInContainer(ctx context.Context, pod, _, _ string, argv []string, in io.Reader, out, errOut io.WriteCloser, tty bool,
	_ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	if tty {
		return errors.New("this node has no terminals")
	}
	environment := map[string]string{}
	if text, err := os.ReadFile(filepath.Join(e.folder, "environment.json")); err == nil {
		if err := json.Unmarshal(text, &environment); err != nil {
			return err
		}
	}
	bin := filepath.Join(e.folder, "bin")
	name := argv[0]
	if filepath.Base(name) == name {
		found := ""
		for _, folder := range []string{bin, "/usr/local/bin", "/usr/bin", "/bin"} {
			if info, err := os.Stat(filepath.Join(folder, name)); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
				found = filepath.Join(folder, name)
				break
			}
		}
		if found == "" {
			return fmt.Errorf("exec: %q: executable file not found in $PATH", name)
		}
		name = found
	}
	command := exec.CommandContext(ctx, name, argv[1:]...)
	command.Args[0] = argv[0]
	command.Dir = filepath.Join(e.folder, "root")
	command.Env = []string{"PATH=" + bin + ":/usr/local/bin:/usr/bin:/bin", "HOSTNAME=" + pod}
	for key, value := range environment {
		command.Env = append(command.Env, key+"="+value)
	}
	// A nil io.WriteCloser in an io.Writer is not nil.
	if out != nil {
		command.Stdout = out
	}
	if errOut != nil {
		command.Stderr = errOut
	}
	command.WaitDelay = 2 * time.Second
	if in != nil {
		// Not command.Stdin: Wait would wait for a client that keeps its side open.
		pipe, err := command.StdinPipe()
		if err != nil {
			return err
		}
		go func() {
			_, _ = io.Copy(pipe, in)
			_ = pipe.Close()
		}()
	}
	return exitCode(command.Run())
}

// exitCode makes what the API machinery knows as a code; a signal is 128 and its number, as a container runtime says it.
func exitCode(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	code := exit.ExitCode()
	if state, ok := exit.Sys().(syscall.WaitStatus); ok && state.Signaled() {
		code = 128 + int(state.Signal())
	}
	return utilexec.CodeExitError{Err: err, Code: code}
}

// An SSH server on libssh, which runs what it is told to: libssh_sshd HOSTKEY PORT KEY VERSION. Whoever has KEY may log in; GIT_PROTOCOL is taken for
// VERSION 2 only. A process serves one connection, with one command.
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/poll.h>
#include <sys/wait.h>
#include <unistd.h>

static ssh_key permitted;
static int takes_variables;
static ssh_channel channel;
static pid_t command;
static int input = -1, output = -1, finished;

static int on_key(ssh_session session, const char *user, struct ssh_key_struct *key, char state, void *data) {
  (void)session, (void)user, (void)data;
  int known = ssh_key_cmp(key, permitted, SSH_KEY_CMP_PUBLIC) == 0;
  return known && (state == SSH_PUBLICKEY_STATE_NONE || state == SSH_PUBLICKEY_STATE_VALID) ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

static int on_variable(ssh_session session, ssh_channel of, const char *name, const char *value, void *data) {
  (void)session, (void)of, (void)data;
  return takes_variables && strcmp(name, "GIT_PROTOCOL") == 0 ? setenv(name, value, 1) : 1;
}

static int on_command(ssh_session session, ssh_channel of, const char *text, void *data) {
  (void)session, (void)of, (void)data;
  int in[2], out[2];
  if (command != 0 || pipe(in) != 0 || pipe(out) != 0) return 1;
  command = fork();
  if (command == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    for (int file = STDERR_FILENO + 1; file < 64; file++) close(file);
    execl("/bin/sh", "sh", "-c", text, (char *)NULL);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  input = in[1];
  output = out[0];
  return 0;
}

static int on_data(ssh_session session, ssh_channel of, void *bytes, uint32_t length, int is_error, void *data) {
  (void)session, (void)of, (void)is_error, (void)data;
  // A command that no longer reads gets no more, and the client need not know.
  for (uint32_t sent = 0; input >= 0 && sent < length;) {
    ssize_t now = write(input, (char *)bytes + sent, length - sent);
    if (now < 0) break;
    sent += now;
  }
  return length;
}

static void on_end(ssh_session session, ssh_channel of, void *data) {
  (void)session, (void)of, (void)data;
  if (input >= 0) close(input);
  input = -1;
}

static int on_output(socket_t file, int events, void *data) {
  (void)events, (void)data;
  char bytes[32768];
  ssize_t length = read(file, bytes, sizeof bytes);
  if (length > 0) return ssh_channel_write(channel, bytes, length) == length ? SSH_OK : SSH_ERROR;
  finished = 1;
  return SSH_OK;
}

static struct ssh_channel_callbacks_struct of_channel = {
    .channel_data_function = on_data,
    .channel_eof_function = on_end,
    .channel_env_request_function = on_variable,
    .channel_exec_request_function = on_command,
};

static ssh_channel on_channel(ssh_session session, void *data) {
  (void)data;
  if (channel != NULL) return NULL;
  channel = ssh_channel_new(session);
  ssh_callbacks_init(&of_channel);
  ssh_set_channel_callbacks(channel, &of_channel);
  return channel;
}

static struct ssh_server_callbacks_struct of_server = {
    .auth_pubkey_function = on_key,
    .channel_open_request_session_function = on_channel,
};

static void serve(ssh_session session) {
  ssh_callbacks_init(&of_server);
  ssh_set_server_callbacks(session, &of_server);
  ssh_set_auth_methods(session, SSH_AUTH_METHOD_PUBLICKEY);
  if (ssh_handle_key_exchange(session) != SSH_OK) return;
  ssh_event event = ssh_event_new();
  ssh_event_add_session(event, session);
  for (int watched = 0; !finished && ssh_event_dopoll(event, -1) == SSH_OK;) {
    if (output >= 0 && !watched) watched = ssh_event_add_fd(event, output, POLLIN, on_output, NULL) == SSH_OK;
  }
  if (!finished) return;
  ssh_event_remove_fd(event, output);
  on_end(session, channel, NULL);
  int status = 0;
  waitpid(command, &status, 0);
  ssh_channel_request_send_exit_status(channel, WIFEXITED(status) ? WEXITSTATUS(status) : 255);
  ssh_channel_send_eof(channel);
  ssh_channel_close(channel);
  // The client leaves.
  while (ssh_is_connected(session) && ssh_event_dopoll(event, -1) == SSH_OK) continue;
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  signal(SIGPIPE, SIG_IGN);
  takes_variables = strcmp(arguments[4], "2") == 0;
  ssh_bind listener = ssh_bind_new();
  ssh_bind_options_set(listener, SSH_BIND_OPTIONS_BINDADDR, "127.0.0.1");
  ssh_bind_options_set(listener, SSH_BIND_OPTIONS_BINDPORT_STR, arguments[2]);
  ssh_bind_options_set(listener, SSH_BIND_OPTIONS_HOSTKEY, arguments[1]);
  if (ssh_pki_import_pubkey_file(arguments[3], &permitted) != SSH_OK || ssh_bind_listen(listener) < 0) {
    fprintf(stderr, "libssh: %s\n", ssh_get_error(listener));
    return 1;
  }
  for (;;) {
    ssh_session session = ssh_new();
    if (ssh_bind_accept(listener, session) == SSH_OK && fork() == 0) {
      ssh_bind_free(listener);
      serve(session);
      _exit(0);
    }
    ssh_disconnect(session);
    ssh_free(session);
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  }
}

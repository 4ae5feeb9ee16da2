/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * DTLS between two of ours without a socket, and with OpenSSL's own client and
 * server over loopback: who gets keys, who does not, and that both sides have
 * the same.
 */
#include <dtls-session.h>
#include <glib/gstdio.h>
#include <string.h>

#define HEX_OF_KEYS 120         /* digits of two keys and two salts */

typedef struct
{
  DtlsIdentity *identity_a, *identity_b;
  DtlsSession *a, *b;           /* a is the client */
} Pair;

static void
set_up (Pair * p)
{
  p->identity_a = dtls_identity_new (NULL);
  p->identity_b = dtls_identity_new (NULL);
  g_assert_nonnull (p->identity_a);
  g_assert_nonnull (p->identity_b);
  p->a = dtls_session_new (p->identity_a);
  p->b = dtls_session_new (p->identity_b);
}

static void
tear_down (Pair * p)
{
  dtls_session_free (p->a);
  dtls_session_free (p->b);
  dtls_identity_unref (p->identity_a);
  dtls_identity_unref (p->identity_b);
}

static void
start (DtlsSession * self, gboolean client, const DtlsIdentity * other)
{
  GError *error = NULL;

  dtls_session_start (self, client, "SHA-256",
      dtls_identity_get_fingerprint (other), &error);
  g_assert_no_error (error);
}

/* Carries what there is; the first @lost of it on the way is lost. */
static gboolean
carry (DtlsSession * from, DtlsSession * to, guint * lost)
{
  gboolean any = FALSE;
  GBytes *bytes;

  while ((bytes = dtls_session_take_output (from))) {
    gsize size;
    const guint8 *data = g_bytes_get_data (bytes, &size);

    g_assert_cmpuint (size, <=, 1200);
    if (*lost > 0)
      (*lost)--;
    else
      dtls_session_receive (to, data, size);
    g_bytes_unref (bytes);
    any = TRUE;
  }
  return any;
}

static void
exchange (Pair * p)
{
  guint none = 0;

  while (carry (p->a, p->b, &none) || carry (p->b, p->a, &none));
}

static void
check_keys (DtlsSession * a, DtlsSession * b)
{
  DtlsSrtpKeys x, y;

  g_assert_true (dtls_session_get_srtp_keys (a, &x));
  g_assert_true (dtls_session_get_srtp_keys (b, &y));
  g_assert_cmpint (x.profile, ==, DTLS_SRTP_AEAD_AES_128_GCM);
  g_assert_cmpint (y.profile, ==, x.profile);
  g_assert_cmpuint (x.size, ==, 28);
  g_assert_cmpmem (x.send, x.size, y.receive, y.size);
  g_assert_cmpmem (x.receive, x.size, y.send, y.size);
  g_assert_cmpint (memcmp (x.send, x.receive, x.size), !=, 0);
  dtls_srtp_keys_clear (&x);
  g_assert_cmpuint (x.size, ==, 0);
}

static void
check_message (DtlsSession * from, DtlsSession * to, Pair * p)
{
  GBytes *bytes;

  g_assert_true (dtls_session_send (from, (const guint8 *) "hello", 5));
  exchange (p);
  bytes = dtls_session_take_data (to);
  g_assert_nonnull (bytes);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
      "hello", 5);
  g_bytes_unref (bytes);
  g_assert_null (dtls_session_take_data (to));
}

static void
back_to_back (void)
{
  guint8 big[1201] = { 0 };
  DtlsSrtpKeys keys;
  Pair p;

  set_up (&p);
  g_assert_false (dtls_session_get_srtp_keys (p.a, &keys));
  g_assert_false (dtls_session_send (p.a, big, 1));
  g_assert_cmpint (dtls_session_get_timeout (p.a), ==, -1);
  start (p.a, TRUE, p.identity_b);
  g_assert_cmpint (dtls_session_get_timeout (p.a), >=, 0);
  /* The client's hello comes before the server knows whom to expect. */
  exchange (&p);
  g_assert_cmpint (dtls_session_get_state (p.b), ==, DTLS_NEW);
  start (p.b, FALSE, p.identity_a);
  exchange (&p);
  g_assert_cmpint (dtls_session_get_state (p.a), ==, DTLS_CONNECTED);
  g_assert_cmpint (dtls_session_get_state (p.b), ==, DTLS_CONNECTED);
  g_assert_cmpint (dtls_session_get_timeout (p.a), ==, -1);
  check_keys (p.a, p.b);
  check_message (p.a, p.b, &p);
  check_message (p.b, p.a, &p);
  g_assert_false (dtls_session_send (p.a, big, sizeof big));
  dtls_session_close (p.a);
  exchange (&p);
  g_assert_cmpint (dtls_session_get_state (p.a), ==, DTLS_CLOSED);
  g_assert_cmpint (dtls_session_get_state (p.b), ==, DTLS_CLOSED);
  g_assert_false (dtls_session_get_srtp_keys (p.b, &keys));
  tear_down (&p);
}

/* Whoever sees the wrong certificate has no keys, and the other side neither:
 * it is told. */
static void
wrong_fingerprint (void)
{
  for (guint client = 0; client < 2; client++) {
    DtlsIdentity *third = dtls_identity_new (NULL);
    DtlsSession *deceived, *other;
    DtlsSrtpKeys keys;
    Pair p;

    set_up (&p);
    start (p.a, TRUE, client ? third : p.identity_b);
    start (p.b, FALSE, client ? p.identity_a : third);
    deceived = client ? p.a : p.b;
    other = client ? p.b : p.a;
    exchange (&p);
    g_assert_cmpint (dtls_session_get_state (deceived), ==, DTLS_FAILED);
    g_assert_error (dtls_session_get_error (deceived), G_TLS_ERROR,
        G_TLS_ERROR_BAD_CERTIFICATE);
    g_assert_cmpint (dtls_session_get_state (other), ==, DTLS_FAILED);
    g_assert_false (dtls_session_get_srtp_keys (p.a, &keys));
    g_assert_false (dtls_session_get_srtp_keys (p.b, &keys));
    tear_down (&p);
    dtls_identity_unref (third);
  }
}

static void
refused_fingerprints (void)
{
  static const struct
  {
    const gchar *hash, *fingerprint;
  } rows[] = {
    {"sha-1", "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13"},
    {"md5", "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F"},
    {"sha-256", ""}, {"sha-256", "00:01"}, {"", ""},
    {"sha-256", "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
          "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0G"},
    {"sha-256", "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
          "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D-0E:0F"},
  };
  Pair p;

  set_up (&p);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GError *error = NULL;

    g_assert_false (dtls_session_start (p.a, TRUE, rows[i].hash,
            rows[i].fingerprint, &error));
    g_assert_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
    g_clear_error (&error);
    g_assert_null (dtls_session_take_output (p.a));
  }
  start (p.a, TRUE, p.identity_b);
  g_assert_false (dtls_session_start (p.a, TRUE, "sha-256",
          dtls_identity_get_fingerprint (p.identity_b), NULL));
  tear_down (&p);
}

/* Waits for what the session itself asks to be waited for. */
static void
wait_for_timeout (DtlsSession * self)
{
  gint left;

  while ((left = dtls_session_get_timeout (self)) > 0)
    g_poll (NULL, 0, left);
  dtls_session_check_timeout (self);
}

/* The first flight of each side is lost and sent again. */
static void
lost_datagrams (void)
{
  guint lost_a = 1, lost_b = 1;
  Pair p;

  set_up (&p);
  start (p.a, TRUE, p.identity_b);
  start (p.b, FALSE, p.identity_a);
  while (dtls_session_get_state (p.a) == DTLS_HANDSHAKE
      || dtls_session_get_state (p.b) == DTLS_HANDSHAKE) {
    if (carry (p.a, p.b, &lost_a) || carry (p.b, p.a, &lost_b))
      continue;
    wait_for_timeout (p.a);
    wait_for_timeout (p.b);
  }
  g_assert_cmpuint (lost_a + lost_b, ==, 0);
  g_assert_cmpint (dtls_session_get_state (p.a), ==, DTLS_CONNECTED);
  g_assert_cmpint (dtls_session_get_state (p.b), ==, DTLS_CONNECTED);
  check_keys (p.a, p.b);
  tear_down (&p);
}

/* What is no DTLS, or is cut, is ignored: anybody can send it. */
static void
garbage (void)
{
  guint8 junk[64];
  guint none = 0;
  Pair p;

  set_up (&p);
  start (p.a, TRUE, p.identity_b);
  start (p.b, FALSE, p.identity_a);
  for (guint i = 0; i < sizeof junk; i++) {
    memset (junk, i, sizeof junk);
    junk[0] = 20 + i % 44;
    dtls_session_receive (p.b, junk, i);
    dtls_session_receive (p.a, junk, i);
  }
  carry (p.b, p.a, &none);
  exchange (&p);
  g_assert_cmpint (dtls_session_get_state (p.a), ==, DTLS_CONNECTED);
  dtls_session_receive (p.b, junk, sizeof junk);
  check_message (p.a, p.b, &p);
  tear_down (&p);
}

/* OpenSSL's own program at the other end. */
typedef struct
{
  gchar *folder, *key, *certificate, *fingerprint;
  GSubprocess *process;
  GDataInputStream *lines;
  GSocket *socket;
  GSocketAddress *address;      /* of the program, once known */
  DtlsIdentity *identity;
  DtlsSession *session;
} Program;

static gboolean
run_openssl (const gchar * arguments, gchar ** output)
{
  gchar *line = g_strconcat ("openssl ", arguments, NULL), *errors = NULL;
  gint status = 1;
  gboolean good;

  good = g_spawn_command_line_sync (line, output, &errors, &status, NULL)
      && status == 0;
  g_free (errors);
  g_free (line);
  return good;
}

static void
program_set_up (Program * p)
{
  gchar *arguments, *output = NULL;

  memset (p, 0, sizeof *p);
  p->folder = g_dir_make_tmp ("dtls-XXXXXX", NULL);
  p->key = g_build_filename (p->folder, "key.pem", NULL);
  p->certificate = g_build_filename (p->folder, "certificate.pem", NULL);
  arguments = g_strdup_printf ("req -x509 -newkey ec -pkeyopt "
      "ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=peer "
      "-keyout %s -out %s", p->key, p->certificate);
  g_assert_true (run_openssl (arguments, &output));
  g_clear_pointer (&output, g_free);
  g_free (arguments);
  arguments = g_strdup_printf ("x509 -in %s -noout -fingerprint -sha256",
      p->certificate);
  g_assert_true (run_openssl (arguments, &output));
  p->fingerprint = g_strdup (strchr (output, '=') + 1);
  g_strchomp (p->fingerprint);
  g_free (output);
  g_free (arguments);
  p->socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
      G_SOCKET_PROTOCOL_UDP, NULL);
  p->identity = dtls_identity_new (NULL);
  p->session = dtls_session_new (p->identity);
}

static void
program_tear_down (Program * p)
{
  g_subprocess_force_exit (p->process);
  g_subprocess_wait (p->process, NULL, NULL);
  g_object_unref (p->process);
  g_object_unref (p->lines);
  g_object_unref (p->socket);
  g_clear_object (&p->address);
  dtls_session_free (p->session);
  dtls_identity_unref (p->identity);
  g_unlink (p->key);
  g_unlink (p->certificate);
  g_rmdir (p->folder);
  g_free (p->folder);
  g_free (p->key);
  g_free (p->certificate);
  g_free (p->fingerprint);
}

static void
program_run (Program * p, const gchar * how)
{
  gchar *line = g_strdup_printf ("openssl %s -dtls1_2 -cert %s -key %s "
      "-use_srtp SRTP_AES128_CM_SHA1_80 -keymatexport EXTRACTOR-dtls_srtp "
      "-keymatexportlen 60", how, p->certificate, p->key);
  GError *error = NULL;
  gchar **argv;

  g_assert_true (g_shell_parse_argv (line, NULL, &argv, NULL));
  p->process = g_subprocess_newv ((const gchar * const *) argv,
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
      | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);
  g_assert_no_error (error);
  p->lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe
      (p->process));
  g_strfreev (argv);
  g_free (line);
}

/* The program's next line with @text in it, from there on. */
static gchar *
program_read (Program * p, const gchar * text)
{
  gchar *line, *found;

  while ((line = g_data_input_stream_read_line (p->lines, NULL, NULL, NULL))) {
    if ((found = strstr (line, text))) {
      found = g_strdup (found + strlen (text));
      g_free (line);
      return found;
    }
    g_free (line);
  }
  g_error ("openssl ended without saying '%s'", text);
}

static void
send_output (Program * p)
{
  GBytes *bytes;

  while ((bytes = dtls_session_take_output (p->session))) {
    g_socket_send_to (p->socket, p->address, g_bytes_get_data (bytes, NULL),
        g_bytes_get_size (bytes), NULL, NULL);
    g_bytes_unref (bytes);
  }
}

static void
receive_one (Program * p)
{
  gint left = dtls_session_get_timeout (p->session);
  guint8 data[4096];
  gssize n;

  if (!g_socket_condition_timed_wait (p->socket, G_IO_IN,
          left < 0 ? -1 : left * G_GINT64_CONSTANT (1000), NULL, NULL)) {
    dtls_session_check_timeout (p->session);
    return;
  }
  g_clear_object (&p->address);
  n = g_socket_receive_from (p->socket, &p->address, (gchar *) data,
      sizeof data, NULL, NULL);
  if (n > 0)
    dtls_session_receive (p->session, data, n);
}

static void
handshake (Program * p)
{
  send_output (p);
  while (dtls_session_get_state (p->session) == DTLS_HANDSHAKE) {
    receive_one (p);
    send_output (p);
  }
}

/* RFC 5764, section 4.2: client's key, server's key, both salts. */
static void
check_material (Program * p, gboolean we_are_client)
{
  gchar *hex = program_read (p, "Keying material: ");
  GString *ours = g_string_new (NULL);
  const guint8 *client, *server;
  DtlsSrtpKeys keys;

  g_assert_true (dtls_session_get_srtp_keys (p->session, &keys));
  g_assert_cmpint (keys.profile, ==, DTLS_SRTP_AES_128_CM_SHA1_80);
  g_assert_cmpuint (keys.size, ==, 30);
  client = we_are_client ? keys.send : keys.receive;
  server = we_are_client ? keys.receive : keys.send;
  for (guint i = 0; i < 60; i++)
    g_string_append_printf (ours, "%02X", i < 16 ? client[i] : i < 32 ?
        server[i - 16] : i < 46 ? client[i - 16] : server[i - 30]);
  g_assert_cmpuint (strlen (hex), >=, HEX_OF_KEYS);
  hex[HEX_OF_KEYS] = 0;
  g_assert_cmpstr (ours->str, ==, hex);
  g_string_free (ours, TRUE);
  g_free (hex);
}

static gboolean
have_openssl (void)
{
  gchar *version = NULL;
  gboolean found = run_openssl ("version", &version);

  g_free (version);
  if (found)
    return TRUE;
  g_test_skip ("the openssl program is not installed");
  return FALSE;
}

static void
connect_to_server (Program * p, const gchar * fingerprint)
{
  gchar *address;

  program_set_up (p);
  program_run (p, "s_server -accept 127.0.0.1:0 -Verify 1");
  address = program_read (p, "ACCEPT 127.0.0.1:");
  p->address = g_inet_socket_address_new_from_string ("127.0.0.1",
      g_ascii_strtoull (address, NULL, 10));
  g_free (address);
  g_assert_true (dtls_session_start (p->session, TRUE, "sha-256",
          fingerprint ? fingerprint : p->fingerprint, NULL));
  handshake (p);
}

static void
openssl_server (void)
{
  gchar *rest;
  Program p;

  if (!have_openssl ())
    return;
  connect_to_server (&p, NULL);
  g_assert_cmpint (dtls_session_get_state (p.session), ==, DTLS_CONNECTED);
  check_material (&p, TRUE);
  g_assert_true (dtls_session_send (p.session, (const guint8 *) "ahoy\n", 5));
  send_output (&p);
  rest = program_read (&p, "ahoy");
  g_free (rest);
  program_tear_down (&p);
}

static void
openssl_server_of_another (void)
{
  Program p;

  if (!have_openssl ())
    return;
  connect_to_server (&p, "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
      "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F");
  g_assert_cmpint (dtls_session_get_state (p.session), ==, DTLS_FAILED);
  g_assert_error (dtls_session_get_error (p.session), G_TLS_ERROR,
      G_TLS_ERROR_BAD_CERTIFICATE);
  program_tear_down (&p);
}

static void
openssl_client (void)
{
  GSocketAddress *any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  GSocketAddress *local;
  GBytes *bytes;
  gchar *how;
  Program p;

  if (have_openssl ()) {
    program_set_up (&p);
    g_assert_true (g_socket_bind (p.socket, any, FALSE, NULL));
    local = g_socket_get_local_address (p.socket, NULL);
    how = g_strdup_printf ("s_client -connect 127.0.0.1:%u",
        g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local)));
    g_assert_true (dtls_session_start (p.session, FALSE, "sha-256",
            p.fingerprint, NULL));
    program_run (&p, how);
    handshake (&p);
    g_assert_cmpint (dtls_session_get_state (p.session), ==, DTLS_CONNECTED);
    check_material (&p, FALSE);
    g_output_stream_write_all (g_subprocess_get_stdin_pipe (p.process),
        "ahoy\n", 5, NULL, NULL, NULL);
    while (!(bytes = dtls_session_take_data (p.session)))
      receive_one (&p);
    g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
        "ahoy\n", 5);
    g_bytes_unref (bytes);
    g_free (how);
    g_object_unref (local);
    program_tear_down (&p);
  }
  g_object_unref (any);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dtls-session/back-to-back", back_to_back);
  g_test_add_func ("/dtls-session/wrong-fingerprint", wrong_fingerprint);
  g_test_add_func ("/dtls-session/refused-fingerprints", refused_fingerprints);
  g_test_add_func ("/dtls-session/lost-datagrams", lost_datagrams);
  g_test_add_func ("/dtls-session/garbage", garbage);
  g_test_add_func ("/dtls-session/openssl-server", openssl_server);
  g_test_add_func ("/dtls-session/openssl-server-of-another",
      openssl_server_of_another);
  g_test_add_func ("/dtls-session/openssl-client", openssl_client);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two connections of ours over loopback: media and messages both ways, an
 * impostor, candidates before the description, restarts of ICE by either side
 * with media flowing, other kinds of paths, the end in any state.
 */
#include "rtc-scene.h"

#include <agent.h>
#include <gst-voice/io.h>
#include <string.h>

static void
close_on_io (gpointer data)
{
  rtc_connection_close (((Side *) data)->connection);
}

static void
connected (gconstpointer hold)
{
  Scene scene;

  scene_init (&scene);
  scene.hold = hold != NULL;
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  scene_check_media (&scene);
  gst_voice_io_post (close_on_io, &scene.side[0], NULL);
  scene_expect_both (&scene, "a closed", "b closed");
  scene_clear (&scene);
}

/* An impostor gets nothing, and both sides know. */
static void
impostor (void)
{
  Scene scene;

  scene_init (&scene);
  scene.fingerprint = "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
      "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F";
  scene_start (&scene);
  scene_expect_both (&scene, "a failed", "b failed");
  g_assert_cmpint (g_async_queue_length (scene.words), ==, 0);
  scene_clear (&scene);
}

static void
no_fingerprint (void)
{
  Scene scene;
  gchar *word;

  scene_init (&scene);
  scene.fingerprint = "";
  scene_start (&scene);
  word = g_async_queue_pop (scene.words);
  g_assert_cmpstr (word, ==, "a failed");
  g_free (word);
  scene_clear (&scene);
}

/* At once, with everything under way. */
static void
freed_early (void)
{
  for (guint i = 0; i < 5; i++) {
    Scene scene;

    scene_init (&scene);
    scene_start (&scene);
    scene_clear (&scene);
  }
}

static void
freed_in (gconstpointer event)
{
  Scene scene;

  scene_init (&scene);
  scene.free_at = event;
  scene.only = g_str_equal (event, "failed") ? "nothing" : NULL;
  scene.settings.patience = 100;
  scene_start (&scene);
  scene_expect_both (&scene, "a gone", "b gone");
  scene_clear (&scene);
}

static void
useless_on_io (gpointer data)
{
  static const gchar *const useless[] = { "", "candidate:", "nonsense",
    "candidate:1 2 UDP 1 127.0.0.1 9 typ host",
    "candidate:1 1 UDP 1 some-name.local 9 typ host",
    "candidate:1 1 UDP 1 127.0.0.1",
    "candidate:1 1 TCP 1 127.0.0.1 9 typ host",
    "candidate:1 1 TCP 1 127.0.0.1 9 typ host tcptype passive"
  };
  Scene *scene = data;

  for (guint i = 0; i < G_N_ELEMENTS (useless); i++)
    g_assert_false (rtc_connection_add_candidate (scene->side[0].connection,
            useless[i]));
  g_async_queue_push (scene->words, g_strdup ("done"));
}

static void
useless_candidates (void)
{
  Scene scene;

  scene_init (&scene);
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  gst_voice_io_post (useless_on_io, &scene, NULL);
  scene_expect (&scene, "done");
  scene_clear (&scene);
}

static void
many_candidates_on_io (gpointer data)
{
  Scene *scene = data;
  guint n = 0;

  for (guint i = 1; i < 200; i++) {
    gchar *candidate = g_strdup_printf ("candidate:%u 1 UDP %u 127.0.0.1 %u "
        "typ host", i, i, i);

    n += rtc_connection_add_candidate (scene->side[0].connection, candidate);
    g_free (candidate);
  }
  g_assert_cmpuint (n, <=, 64);
  g_async_queue_push (scene->words, g_strdup ("done"));
}

/* What is done to two that are connected leaves them so. */
static void
disturb (GstVoiceIoFunc on_io)
{
  Scene scene;

  scene_init (&scene);
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  gst_voice_io_post (on_io, &scene, NULL);
  scene_expect (&scene, "done");
  scene_check_media (&scene);
  scene_clear (&scene);
}

static void
many_candidates (void)
{
  disturb (many_candidates_on_io);
}

static void
check_path (Scene * scene, const gchar * transport, guint family)
{
  for (guint i = 0; i < 2; i++) {
    RtcPath path;

    scene_get_path (scene, i, &path);
    g_assert_cmpstr (path.transport, ==, transport);
    g_assert_cmpuint (path.family, ==, family);
  }
}

/* From UDP to TCP, so that one can tell the new path from the old one. */
static void
restarted (gconstpointer side)
{
  Scene scene;

  scene_init (&scene);
  scene.settings.tcp = TRUE;
  scene.only = "UDP";
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  check_path (&scene, "udp", 4);
  scene.only = "TCP";
  scene.until = "tcp";
  scene_start_flow (&scene);
  scene_restart (&scene, GPOINTER_TO_UINT (side));
  g_free (g_async_queue_pop (scene.words));
  check_path (&scene, "tcp", 4);
  scene_stop_flow (&scene, 1);
  scene_check_media (&scene);
  scene_clear (&scene);
}

/* It finds nothing, and what there was stays. */
static void
restarted_in_vain (void)
{
  Scene scene;

  scene_init (&scene);
  scene.settings.patience = 200;
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  scene.only = "nothing";
  scene_restart (&scene, 0);
  scene_check_media (&scene);
  check_path (&scene, "udp", 4);
  scene.only = NULL;
  scene_restart (&scene, 1);
  scene_check_media (&scene);
  scene_clear (&scene);
}

static void
freed_while_restarting (void)
{
  for (guint i = 0; i < 4; i++) {
    Scene scene;

    scene_init (&scene);
    scene_start (&scene);
    scene_expect_both (&scene, "a connected", "b connected");
    for (guint j = 0; j < i; j++)
      scene_restart (&scene, j % 2);
    scene_clear (&scene);
  }
}

/* Without candidates there is no path; with them there is. */
static void
failed_and_restarted (gconstpointer side)
{
  Scene scene;

  scene_init (&scene);
  scene.settings.patience = 200;
  scene.only = "nothing";
  scene_start (&scene);
  scene_expect_both (&scene, "a failed", "b failed");
  scene.settings.patience = 0;
  scene.only = NULL;
  scene_restart (&scene, GPOINTER_TO_UINT (side));
  scene_expect_both (&scene, "a connected", "b connected");
  scene_check_media (&scene);
  scene_clear (&scene);
}

/* The other side's candidates, of before, are found out by their checks. */
static void
restarted_before_described (void)
{
  Scene scene;

  scene_init (&scene);
  scene.strangers = TRUE;
  scene_start (&scene);
  scene_restart (&scene, 0);
  scene_expect_both (&scene, "a connected", "b connected");
  scene_check_media (&scene);
  scene_clear (&scene);
}

static void
restarted_before_described_in_vain (void)
{
  Scene scene;

  scene_init (&scene);
  scene.strangers = TRUE;
  scene.only = "nothing";
  scene.settings.patience = 100;
  scene_start (&scene);
  scene_restart (&scene, 0);
  scene_expect_both (&scene, "a failed", "b failed");
  scene_clear (&scene);
}

/* An old description between our restart and its answer. */
static void
restart_late_on_io (gpointer data)
{
  Scene *scene = data;
  RtcConnection *other = scene->side[1].connection;
  gchar *ufrag;

  g_assert_true (rtc_connection_restart (scene->side[0].connection, NULL));
  ufrag = g_strdup (rtc_connection_get_ufrag (scene->side[0].connection));
  g_assert_true (rtc_connection_set_remote (scene->side[0].connection,
          rtc_connection_get_ufrag (other),
          rtc_connection_get_password (other), FALSE, "sha-256",
          dtls_identity_get_fingerprint (scene->identity[1]), NULL));
  g_assert_true (rtc_connection_set_remote (other, ufrag,
          rtc_connection_get_password (scene->side[0].connection), TRUE,
          "sha-256", dtls_identity_get_fingerprint (scene->identity[0]), NULL));
  g_assert_true (rtc_connection_set_remote (scene->side[0].connection,
          rtc_connection_get_ufrag (other),
          rtc_connection_get_password (other), FALSE, "sha-256",
          dtls_identity_get_fingerprint (scene->identity[1]), NULL));
  g_assert_cmpstr (rtc_connection_get_ufrag (scene->side[0].connection), ==,
      ufrag);
  g_free (ufrag);
}

static void
restarted_with_old_description (void)
{
  Scene scene;

  scene_init (&scene);
  scene.settings.tcp = TRUE;
  scene.only = "UDP";
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  scene.only = "TCP";
  scene.until = "tcp";
  scene_start_flow (&scene);
  gst_voice_io_post (restart_late_on_io, &scene, NULL);
  g_free (g_async_queue_pop (scene.words));
  scene_stop_flow (&scene, 1);
  scene_clear (&scene);
}

static void
other_identity_on_io (gpointer data)
{
  Scene *scene = data;
  GError *error = NULL;

  g_assert_false (rtc_connection_set_remote (scene->side[0].connection,
          "other", "another password of 22", FALSE, "sha-256", "00:01",
          &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  /* The same again is no restart. */
  scene_describe_on_io (scene);
  g_async_queue_push (scene->words, g_strdup ("done"));
}

static void
described_again (void)
{
  disturb (other_identity_on_io);
}

static void
by_tcp (void)
{
  Scene scene;

  scene_init (&scene);
  scene.settings.tcp = TRUE;
  scene.only = "tcptype passive";
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  check_path (&scene, "tcp", 4);
  scene_check_media (&scene);
  scene_clear (&scene);
}

static gboolean
has_ipv6 (void)
{
  GInetAddress *loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV6);
  GSocketAddress *address = g_inet_socket_address_new (loopback, 0);
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_DATAGRAM,
      G_SOCKET_PROTOCOL_UDP, NULL);
  gboolean good = socket && g_socket_bind (socket, address, FALSE, NULL);

  g_clear_object (&socket);
  g_object_unref (address);
  g_object_unref (loopback);
  return good;
}

static void
by_ipv6 (void)
{
  Scene scene;

  if (!has_ipv6 ()) {
    g_test_skip ("there is no ::1");
    return;
  }
  scene_init (&scene);
  scene.settings.local_address = "::1";
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  check_path (&scene, "udp", 6);
  scene_check_media (&scene);
  scene_clear (&scene);
}

static guint
candidate_port (const gchar * candidate)
{
  gchar **words = g_strsplit (candidate, " ", -1);
  guint port = g_ascii_strtoull (words[5], NULL, 10);

  g_strfreev (words);
  return port;
}

static void
in_range (void)
{
  Scene scene;

  scene_init (&scene);
  scene.settings.min_port = 42000;
  scene.settings.max_port = 42999;
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpuint (candidate_port (scene.side[i].candidate), >=, 42000);
    g_assert_cmpuint (candidate_port (scene.side[i].candidate), <=, 42999);
  }
  scene_clear (&scene);
}

static void
bad_settings_on_io (gpointer data)
{
  Scene *scene = data;
  static const RtcSettings bad[] = {
    {.min_port = 2,.max_port = 1},
    {.min_port = 1,.max_port = 65536},
    {.local_address = "some.name"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    static const RtcEvents none;
    GError *error = NULL;

    g_assert_null (rtc_connection_new (scene->identity[0], &bad[i], &none,
            NULL, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
    g_error_free (error);
  }
  g_async_queue_push (scene->words, g_strdup ("done"));
}

static void
bad_settings (void)
{
  Scene scene;

  scene_init (&scene);
  gst_voice_io_post (bad_settings_on_io, &scene, NULL);
  scene_expect (&scene, "done");
  scene_clear (&scene);
}

/* Nobody to be relayed by: nothing is told of us, and no waiting. */
static void
no_relay (void)
{
  Scene scene;

  scene_init (&scene);
  scene.settings.relay_only = TRUE;
  scene_start (&scene);
  scene_expect_both (&scene, "a failed", "b failed");
  g_assert_null (scene.side[0].candidate);
  scene_clear (&scene);
}

/* A Binding response (RFC 8489 14.2) that says 192.0.2.7, port 4660. */
static void
answer_binding (GSocket * server)
{
  static const guint8 mapped[] = { 0, 0x20, 0, 8, 0, 1, 0x12 ^ 0x21,
    0x34 ^ 0x12, 192 ^ 0x21, 0 ^ 0x12, 2 ^ 0xa4, 7 ^ 0x42
  };
  guint8 datagram[512];
  GSocketAddress *from = NULL;
  GError *error = NULL;
  gssize size = g_socket_receive_from (server, &from, (gchar *) datagram,
      sizeof datagram, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (size, >=, 20);
  g_assert_cmpuint (datagram[1], ==, 1);
  datagram[0] = 1;
  datagram[3] = sizeof mapped;
  memcpy (datagram + 20, mapped, sizeof mapped);
  g_socket_send_to (server, from, (gchar *) datagram, 20 + sizeof mapped, NULL,
      NULL);
  g_object_unref (from);
}

static void
check_reflexive (RtcServer * stun, GSocket * server)
{
  Scene scene;

  scene_init (&scene);
  scene.settings.servers = stun;
  scene.settings.n_servers = 1;
  scene.only = "typ host";
  scene.hold = TRUE;
  scene_start (&scene);
  answer_binding (server);
  answer_binding (server);
  scene_expect_both (&scene, "a connected", "b connected");
  for (guint i = 0; i < 2; i++)
    g_assert_nonnull (strstr (scene.side[i].candidate,
            " 192.0.2.7 4660 typ srflx "));
  scene_clear (&scene);
}

static void
reflexive (gconstpointer host)
{
  GSocketAddress *any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  GSocket *server = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
      G_SOCKET_PROTOCOL_UDP, NULL);
  RtcServer stun = {.kind = RTC_SERVER_STUN,.host = host };
  GSocketAddress *bound;

  g_socket_set_timeout (server, 20);
  g_assert_true (g_socket_bind (server, any, FALSE, NULL));
  bound = g_socket_get_local_address (server, NULL);
  stun.port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  check_reflexive (&stun, server);
  g_object_unref (bound);
  g_object_unref (server);
  g_object_unref (any);
}

static void
describe_failed_on_io (gpointer data)
{
  Scene *scene = data;
  GError *error = NULL;

  for (guint i = 0; i < 2; i++) {
    g_assert_false (rtc_connection_set_remote (scene->side[i].connection,
            "ufrag", "a password of 22 letters", i == 1, "sha-256", "00:01",
            &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    g_clear_error (&error);
    g_assert_cmpint (rtc_connection_get_state (scene->side[i].connection), ==,
        RTC_FAILED);
  }
  g_async_queue_push (scene->words, g_strdup ("done"));
}

/* It has failed before there was a description of the other side. */
static void
failed_and_described (void)
{
  Scene scene;

  scene_init (&scene);
  scene.settings.relay_only = TRUE;
  scene.strangers = TRUE;
  scene_start (&scene);
  scene_expect_both (&scene, "a failed", "b failed");
  gst_voice_io_post (describe_failed_on_io, &scene, NULL);
  scene_expect (&scene, "done");
  scene_clear (&scene);
}

static const guint8 *
soup_datagram (GRand * rand, const gchar * user, guint8 * data, gsize * size)
{
  gsize length = strlen (user);
  guint n;

  for (guint i = 0; i < 512; i++)
    data[i] = g_rand_int (rand);
  *size = g_rand_int_range (rand, 1, 512);
  if (g_rand_boolean (rand))
    return data;
  /* A Binding request (RFC 8489 5) for us, then mutated. */
  memcpy (data, "\0\1\0\0\x21\x12\xa4\x42", 8);
  data[20] = 0;
  data[21] = 6;                 /* USERNAME */
  data[22] = 0;
  data[23] = length;
  memcpy (data + 24, user, length);
  *size = MAX (*size & ~3u, 28 + length);
  data[2] = (*size - 20) >> 8;
  data[3] = *size - 20;
  n = g_rand_int_range (rand, 0, 4);
  for (guint i = 0; i < n; i++)
    data[g_rand_int_range (rand, 0, *size)] = g_rand_int (rand);
  return data;
}

static void
send_soup (Scene * scene, GSocketAddress * to)
{
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
      G_SOCKET_PROTOCOL_UDP, NULL);
  gchar *user = g_strdup_printf ("%s:%s",
      rtc_connection_get_ufrag (scene->side[0].connection),
      rtc_connection_get_ufrag (scene->side[1].connection));
  GRand *rand = g_rand_new_with_seed (4);
  guint8 data[512];
  gsize size;

  for (guint i = 0; i < 4000; i++) {
    soup_datagram (rand, user, data, &size);
    g_assert_cmpint (g_socket_send_to (socket, to, (gchar *) data, size, NULL,
            NULL), ==, size);
    if (i % 400 == 0)
      scene_check_media (scene);
  }
  g_rand_free (rand);
  g_free (user);
  g_object_unref (socket);
}

/* Anybody may send anything to an open port. */
static void
soup (void)
{
  Scene scene;
  GSocketAddress *to;

  scene_init (&scene);
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  to = g_inet_socket_address_new_from_string ("127.0.0.1",
      candidate_port (scene.side[0].candidate));
  send_soup (&scene, to);
  scene_check_media (&scene);
  g_object_unref (to);
  scene_clear (&scene);
}

typedef struct
{
  Scene scene;
  NiceAgent *agent;
  guint stream;
} LiteScene;

static void
on_lite_datagram (NiceAgent * agent, guint stream, guint component, guint size,
    gchar * buffer, gpointer data)
{
  LiteScene *lite = data;

  /* A handshake record of DTLS: ICE has found a path. */
  if (size > 0 && buffer[0] == 22)
    g_async_queue_push (lite->scene.words, g_strdup ("handshake"));
}

static void
lite_candidate (gpointer data, const gchar * candidate)
{
}

static void
lite_state (gpointer data, RtcState state, const GError * error)
{
}

static void
introduce_lite (LiteScene * lite, RtcConnection * connection)
{
  gchar *ufrag, *password;
  GSList *candidates = nice_agent_get_local_candidates (lite->agent,
      lite->stream, 1);
  gchar *line = nice_agent_generate_local_candidate_sdp (lite->agent,
      candidates->data);

  nice_agent_get_local_credentials (lite->agent, lite->stream, &ufrag,
      &password);
  nice_agent_set_remote_credentials (lite->agent, lite->stream,
      rtc_connection_get_ufrag (connection),
      rtc_connection_get_password (connection));
  rtc_connection_set_remote_lite (connection);
  g_assert_true (rtc_connection_set_remote (connection, ufrag, password, TRUE,
          "sha-256", dtls_identity_get_fingerprint (lite->scene.identity[1]),
          NULL));
  g_assert_true (rtc_connection_add_candidate (connection, line + 2));
  g_slist_free_full (candidates, (GDestroyNotify) nice_candidate_free);
  g_free (line);
  g_free (ufrag);
  g_free (password);
}

static void
lite_on_io (gpointer data)
{
  static const RtcEvents events = {.candidate = lite_candidate,.state =
        lite_state
  };
  LiteScene *lite = data;
  NiceAddress *address = nice_address_new ();

  nice_address_set_from_string (address, "127.0.0.1");
  lite->agent = nice_agent_new_full (g_main_context_get_thread_default (),
      NICE_COMPATIBILITY_RFC5245, NICE_AGENT_OPTION_LITE_MODE);
  g_object_set (lite->agent, "upnp", FALSE, "ice-tcp", FALSE,
      "controlling-mode", FALSE, NULL);
  nice_agent_add_local_address (lite->agent, address);
  nice_address_free (address);
  lite->stream = nice_agent_add_stream (lite->agent, 1);
  nice_agent_attach_recv (lite->agent, lite->stream, 1,
      g_main_context_get_thread_default (), on_lite_datagram, lite);
  nice_agent_gather_candidates (lite->agent, lite->stream);
  /* We have not offered, and yet must control. */
  lite->scene.side[0].connection = rtc_connection_new (lite->scene.identity[0],
      &lite->scene.settings, &events, &lite->scene.side[0], NULL);
  introduce_lite (lite, lite->scene.side[0].connection);
  g_assert_true (rtc_connection_gather (lite->scene.side[0].connection, NULL));
}

static void
clear_lite_on_io (gpointer data)
{
  LiteScene *lite = data;

  nice_agent_remove_stream (lite->agent, lite->stream);
  g_object_unref (lite->agent);
}

static void
to_lite (void)
{
  LiteScene lite;

  scene_init (&lite.scene);
  gst_voice_io_post (lite_on_io, &lite, NULL);
  scene_expect (&lite.scene, "handshake");
  gst_voice_io_post (clear_lite_on_io, &lite, NULL);
  scene_clear (&lite.scene);
}

int
main (int argc, char **argv)
{
  static const gchar *const events[] = { "candidate", "connected", "failed" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/rtc-connection/connected", NULL, connected);
  g_test_add_data_func ("/rtc-connection/candidates-first", "hold", connected);
  g_test_add_func ("/rtc-connection/impostor", impostor);
  g_test_add_func ("/rtc-connection/no-fingerprint", no_fingerprint);
  g_test_add_func ("/rtc-connection/freed-early", freed_early);
  for (guint i = 0; i < G_N_ELEMENTS (events); i++) {
    gchar *path = g_strconcat ("/rtc-connection/freed-in/", events[i], NULL);

    g_test_add_data_func (path, events[i], freed_in);
    g_free (path);
  }
  g_test_add_func ("/rtc-connection/useless-candidates", useless_candidates);
  g_test_add_func ("/rtc-connection/many-candidates", many_candidates);
  g_test_add_data_func ("/rtc-connection/restarted-by-the-controlling-side",
      GUINT_TO_POINTER (0), restarted);
  g_test_add_data_func ("/rtc-connection/restarted-by-the-controlled-side",
      GUINT_TO_POINTER (1), restarted);
  g_test_add_func ("/rtc-connection/restarted-in-vain", restarted_in_vain);
  g_test_add_func ("/rtc-connection/freed-while-restarting",
      freed_while_restarting);
  g_test_add_data_func ("/rtc-connection/failed-and-restarted-by-a",
      GUINT_TO_POINTER (0), failed_and_restarted);
  g_test_add_data_func ("/rtc-connection/failed-and-restarted-by-b",
      GUINT_TO_POINTER (1), failed_and_restarted);
  g_test_add_func ("/rtc-connection/restarted-before-described",
      restarted_before_described);
  g_test_add_func ("/rtc-connection/restarted-before-described-in-vain",
      restarted_before_described_in_vain);
  g_test_add_func ("/rtc-connection/restarted-with-old-description",
      restarted_with_old_description);
  g_test_add_func ("/rtc-connection/described-again", described_again);
  g_test_add_func ("/rtc-connection/tcp", by_tcp);
  g_test_add_func ("/rtc-connection/ipv6", by_ipv6);
  g_test_add_func ("/rtc-connection/port-range", in_range);
  g_test_add_func ("/rtc-connection/bad-settings", bad_settings);
  g_test_add_func ("/rtc-connection/no-relay", no_relay);
  g_test_add_func ("/rtc-connection/failed-and-described",
      failed_and_described);
  g_test_add_data_func ("/rtc-connection/reflexive", "127.0.0.1", reflexive);
  g_test_add_data_func ("/rtc-connection/reflexive-by-name", "localhost",
      reflexive);
  g_test_add_func ("/rtc-connection/soup", soup);
  g_test_add_func ("/rtc-connection/ice-lite", to_lite);
  return g_test_run ();
}

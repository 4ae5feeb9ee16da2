/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How each element that talks to a service reaches it: certificates, proxies,
 * a handshake that does not end, and what a refusal is told with.
 */
#include "http-harness.h"
#include "provider-peer.h"
#include "tunnel.h"

#include <gst-voice/events.h>
#include <gst-voice/meta.h>
#include <gst-voice/stt.h>
#include <gst/check/gstharness.h>
#include <string.h>

#define NEVER "connect-timeout=20000 first-byte-timeout=20000 " \
    "stall-timeout=20000 "

GST_VOICE_API const gchar *__asan_default_options (void);
GST_VOICE_API const gchar *__lsan_default_suppressions (void);

/* So that what is suppressed is known by its name. */
const gchar *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

/* libsoup's server keeps the socket of each WebSocket. */
const gchar *
__lsan_default_suppressions (void)
{
  return "leak:g_socket_accept\nleak:soup_server_listen_local\n";
}

/* @in_band: it refuses over the socket, which it has accepted */
static const struct
{
  const gchar *element;
  gboolean in_band;
} rows[] = {
  {"deepgramstt attempts=0 ", FALSE}, {"assemblyaistt attempts=0 ", TRUE},
  {"openaistt mode=realtime attempts=0 ", FALSE},
  {"openaistt mode=segments attempts=0 ", FALSE}, {"openaillm ", FALSE},
  {"geminillm ", FALSE}, {"cartesiatts ", FALSE}, {"elevenlabstts ", TRUE},
  {"openaitts ", FALSE}, {"deepgramtts ", FALSE},
};

typedef struct
{
  GstElement *element;
  GstHarness *h;
  GstBus *bus;
} Rig;

static void
push_speech (Rig * rig)
{
  GstClockTime now = 0;

  gst_harness_set_src_caps_str (rig->h, "audio/x-raw, format=S16LE, "
      "layout=interleaved, channels=1, rate=16000");
  gst_harness_push_event (rig->h, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new ("speech-start", "running-time", now, "onset",
              now, NULL)));
  for (guint i = 0; i < 40; i++) {
    gint16 *samples = g_new0 (gint16, 320);
    GstBuffer *buffer = gst_buffer_new_wrapped (samples, 640);

    for (guint k = 0; i < 30 && k < 320; k++)
      samples[k] = k / 20 % 2 ? 8000 : -8000;
    GST_BUFFER_PTS (buffer) = now;
    GST_BUFFER_DURATION (buffer) = 20 * GST_MSECOND;
    now += 20 * GST_MSECOND;
    gst_harness_push (rig->h, buffer);
  }
  gst_harness_push_event (rig->h, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new ("speech-stop", "running-time", now, "end",
              now, NULL)));
  gst_harness_push_event (rig->h, gst_event_new_eos ());
}

static void
push_text (Rig * rig)
{
  GstBuffer *buffer = gst_voice_text_buffer_new ("One two.");

  gst_harness_set_src_caps_str (rig->h, "text/x-raw,format=utf8");
  gst_voice_meta_add (buffer)->turn = 1;
  gst_harness_push (rig->h, buffer);
}

/* It has something to do from now on. */
static void
begin (Rig * rig, const gchar * element, const gchar * url, const gchar * more)
{
  gchar *launch = g_strdup_printf ("%s url=%s api-key=env:A_KEY %s", element,
      url, more);
  GError *error = NULL;

  g_test_message ("%s", element);
  rig->element = gst_object_ref_sink (gst_parse_launch (launch, &error));
  g_assert_no_error (error);
  rig->bus = gst_bus_new ();
  gst_element_set_bus (rig->element, rig->bus);
  rig->h = gst_harness_new_with_element (rig->element, "sink", "src");
  if (GST_IS_VOICE_STT (rig->element))
    push_speech (rig);
  else
    push_text (rig);
  g_free (launch);
}

static void
end (Rig * rig)
{
  gst_element_set_state (rig->element, GST_STATE_NULL);
  gst_harness_teardown (rig->h);
  gst_element_set_bus (rig->element, NULL);
  gst_object_unref (rig->bus);
  gst_object_unref (rig->element);
}

/* What it told when it failed. Who thinks warns, and speaks of it.
 * Returns: (transfer full): with `text` among the details */
static GstStructure *
wait_failure (Rig * rig)
{
  GstMessage *message = gst_bus_timed_pop_filtered (rig->bus, 2 * PATIENCE_MS
      * GST_MSECOND, GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  const GstStructure *details;
  GstStructure *copy;
  GError *error;

  g_assert_nonnull (message);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    gst_message_parse_error_details (message, &details);
  } else {
    gst_message_parse_warning (message, &error, NULL);
    gst_message_parse_warning_details (message, &details);
  }
  g_assert_null (strstr (error->message, SECRET));
  copy = gst_structure_copy (details);
  gst_structure_set (copy, "text", G_TYPE_STRING, error->message, NULL);
  g_error_free (error);
  gst_message_unref (message);
  return copy;
}

static void
assert_fails (Rig * rig, const gchar * code, const gchar * says)
{
  GstStructure *told = wait_failure (rig);

  g_assert_cmpstr (gst_structure_get_string (told, "code"), ==, code);
  if (!strstr (gst_structure_get_string (told, "text"), says))
    g_error ("it says: %s", gst_structure_get_string (told, "text"));
  gst_structure_free (told);
}

static ProviderPeer *
new_peer (gboolean tls)
{
  const ProviderPeerSettings settings = {
    .pem = tls ? PEER_PEM : NULL,.bad_pem = tls ? PEER_BAD_PEM : NULL,
    .script = "{\"hear\": [\"One two.\"]}",
  };
  GError *error = NULL;
  ProviderPeer *peer = provider_peer_new (&settings, &error);

  g_assert_no_error (error);
  return peer;
}

static void
certificates_are_checked (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    ProviderPeer *peer = new_peer (TRUE);
    gchar *url = provider_peer_url (peer, "http", "");
    Rig rig;

    g_setenv ("GST_VOICE_CA_FILE", PEER_PEM, TRUE);
    provider_peer_add_fault (peer, "bad-tls", 1, 0, 0);
    begin (&rig, rows[i].element, url, NEVER);
    assert_fails (&rig, "disconnected", "certificate that no authority we know "
        "has signed: check the address, or name the authority in "
        "GST_VOICE_CA_FILE");
    end (&rig);
    g_assert_cmpuint (provider_peer_n_requests (peer), ==, 0);
    provider_peer_free (peer);

    peer = new_peer (TRUE);
    g_free (url);
    url = provider_peer_url (peer, "http", "");
    begin (&rig, rows[i].element, url, NEVER);
    provider_peer_request (peer, 0);
    end (&rig);
    provider_peer_free (peer);
    g_unsetenv ("GST_VOICE_CA_FILE");
    g_free (url);
  }
}

/* Who says nothing, and who stops in the middle of its ServerHello. */
static void
a_handshake_has_a_deadline (void)
{
  guint16 ports[2];
  GSocket *deaf = http_peer_deaf (&ports[0]);
  Tunnel *half = tunnel_new_half_hello ();

  ports[1] = tunnel_port (half);
  for (guint i = 0; i < 2 * G_N_ELEMENTS (rows); i++) {
    gchar *url = g_strdup_printf ("https://127.0.0.1:%u", ports[i % 2]);
    Rig rig;

    begin (&rig, rows[i / 2].element, url, "connect-timeout=300");
    assert_fails (&rig, "connect-timeout", "within 300 ms");
    end (&rig);
    g_free (url);
  }
  tunnel_free (half);
  g_object_unref (deaf);
}

/* @tls: a tunnel; otherwise the proxy sees the request */
static void
reach_through_proxy (const gchar * element, gboolean tls, gboolean none)
{
  ProviderPeer *peer = new_peer (tls);
  Tunnel *proxy = tunnel_new_proxy ();
  gchar *url = provider_peer_url (peer, "http", "");
  gchar *address = g_strdup_printf ("127.0.0.1:%u", tunnel_port (proxy));
  Rig rig;

  g_setenv ("GST_VOICE_CA_FILE", PEER_PEM, TRUE);
  g_setenv (tls ? "https_proxy" : "http_proxy", address, TRUE);
  if (none)
    g_setenv ("no_proxy", "elsewhere.invalid, 127.0.0.1", TRUE);
  begin (&rig, element, url, NEVER);
  provider_peer_request (peer, 0);
  g_assert_cmpuint (tunnel_count (proxy), ==, !none);
  end (&rig);
  g_unsetenv ("no_proxy");
  g_unsetenv ("https_proxy");
  g_unsetenv ("http_proxy");
  g_unsetenv ("GST_VOICE_CA_FILE");
  tunnel_free (proxy);
  provider_peer_free (peer);
  g_free (address);
  g_free (url);
}

static void
proxies_are_used (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    reach_through_proxy (rows[i].element, TRUE, FALSE);
    reach_through_proxy (rows[i].element, FALSE, FALSE);
    reach_through_proxy (rows[i].element, TRUE, TRUE);
  }
}

static void
assert_names_its_request (const gchar * element, const gchar * fault,
    guint after, guint status)
{
  ProviderPeer *peer = new_peer (FALSE);
  gchar *url = provider_peer_url (peer, "http", "");
  GstStructure *told;
  guint got = 0;
  Rig rig;

  g_assert_true (provider_peer_add_fault (peer, fault, 1, 0, after));
  begin (&rig, element, url, "stall-timeout=300");
  told = wait_failure (&rig);
  if (!gst_structure_get_string (told, "request-id"))
    g_error ("%s: %s", fault, gst_structure_get_string (told, "text"));
  gst_structure_get_uint (told, "http-status", &got);
  g_assert_cmpuint (got, ==, status);
  gst_structure_free (told);
  end (&rig);
  provider_peer_free (peer);
  g_free (url);
}

static void
failures_name_their_request (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_names_its_request (rows[i].element, "429", 0,
        rows[i].in_band ? 0 : 429);
  /* Behind the head of an answer; what it says in the answer; a socket. */
  assert_names_its_request ("openaillm ", "stall-body", 1, 200);
  assert_names_its_request ("openaitts ", "stall-body", 1, 200);
  assert_names_its_request ("geminillm ", "malformed", 0, 0);
  assert_names_its_request ("cartesiatts ", "malformed", 0, 0);
  assert_names_its_request ("elevenlabstts ", "reset", 1, 0);
  assert_names_its_request ("deepgramstt attempts=0 ", "malformed", 0, 0);
}

int
main (int argc, char **argv)
{
  int result;

  http_test_init (&argc, &argv);
  g_setenv ("A_KEY", SECRET, TRUE);
  gst_init (&argc, &argv);
#define ADD(name) g_test_add_func ("/provider-network/" #name, name)
  ADD (certificates_are_checked);
  ADD (a_handshake_has_a_deadline);
  ADD (proxies_are_used);
  ADD (failures_name_their_request);
  result = http_test_run ();
  gst_deinit ();
  return result;
}

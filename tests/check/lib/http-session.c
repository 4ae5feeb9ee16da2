/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Connections: kept, replaced, opened ahead, through TLS and proxies.
 */
#include "http-harness.h"

#include <string.h>

static void
connections_are_kept (void)
{
  World w;

  world_begin (&w);
  for (guint i = 0; i < 5; i++)
    fetch_ok (w.peer, i % 2 ? "GET" : "POST", "/hello", "hello world");
  /* A refusal that is read to its end does no harm either. */
  call_free (fetch_bad (w.peer, "POST", "/503", GST_VOICE_ERROR_SERVER));
  fetch_ok (w.peer, "POST", "/hello", "hello world");
  g_assert_cmpuint (http_peer_n_accepted (w.peer), ==, 1);
  world_end (&w);
}

static void
a_closed_connection_is_replaced (void)
{
  World w;

  world_begin (&w);
  fetch_ok (w.peer, "POST", "/ends", "ok");
  http_peer_wait_open (w.peer, 0);
  fetch_ok (w.peer, "POST", "/ends", "again");
  g_assert_cmpuint (http_peer_n_accepted (w.peer), ==, 2);
  world_end (&w);
}

/* When an idle connection is closed just as it is used, nobody knows whether
 * the request was carried out: a POST is told as failed, not sent again. */
static void
only_harmless_methods_are_repeated (void)
{
  World w;

  world_begin (&w);
  fetch_ok (w.peer, "POST", "/dies-once", "ok");
  call_free (fetch_bad (w.peer, "POST", "/dies-once",
          GST_VOICE_ERROR_DISCONNECTED));
  g_assert_cmpuint (http_peer_n_requests (w.peer), ==, 2);
  world_end (&w);

  world_begin (&w);
  fetch_ok (w.peer, "GET", "/dies-once", "ok");
  fetch_ok (w.peer, "GET", "/dies-once", "ok");
  g_assert_cmpuint (http_peer_n_requests (w.peer), ==, 3);
  world_end (&w);
}

static void
prewarmed (void)
{
  World w;
  gchar *url;

  world_begin (&w);
  url = http_peer_url (w.peer, "/" SECRET);
  g_assert_true (gst_voice_http_prewarm (url));
  http_peer_wait_open (w.peer, 1);
  g_assert_true (gst_voice_http_prewarm (url));
  fetch_ok (w.peer, "POST", "/hello", "hello world");
  g_assert_true (gst_voice_http_prewarm (url));
  fetch_ok (w.peer, "POST", "/hello", "hello world");
  g_assert_cmpuint (http_peer_n_accepted (w.peer), ==, 1);
  g_assert_cmpuint (http_peer_n_requests (w.peer), ==, 2);
  g_assert_true (gst_voice_http_prewarm ("nonsense"));
  world_end (&w);
  g_assert_false (gst_voice_http_prewarm (url));
  g_free (url);
}

/* A request that takes over a connection being prewarmed. */
static void
prewarmed_and_used_at_once (void)
{
  World w;
  gchar *url;

  world_begin_tls (&w, NULL);
  url = http_peer_url (w.peer, "/");
  g_assert_true (gst_voice_http_prewarm (url));
  fetch_ok (w.peer, "POST", "/hello", "hello world");
  g_assert_cmpuint (http_peer_n_accepted (w.peer), ==, 1);
  g_free (url);
  world_end (&w);
}

static void
prewarming_to_nobody (void)
{
  World w;
  guint16 refusing_port, deaf_port;
  GSocket *refusing = http_peer_refusing (&refusing_port);
  GSocket *deaf = http_peer_deaf (&deaf_port);
  gchar *url;

  world_begin (&w);
  url = g_strdup_printf ("http://127.0.0.1:%u/", refusing_port);
  g_assert_true (gst_voice_http_prewarm (url));
  g_free (url);
  url = g_strdup_printf ("https://127.0.0.1:%u/", deaf_port);
  g_assert_true (gst_voice_http_prewarm (url));
  g_free (url);
  fetch_ok (w.peer, "GET", "/hello", NULL);
  world_end (&w);
  g_object_unref (refusing);
  g_object_unref (deaf);
}

static void
certificate_nobody_signed (void)
{
  World w;
  Call *call;

  world_begin_with (&w, NULL, PEER_PEM);
  call = fetch_bad (w.peer, "POST", "/hello", GST_VOICE_ERROR_DISCONNECTED);
  g_assert_nonnull (strstr (call->error->message, "127.0.0.1"));
  g_assert_nonnull (strstr (call->error->message, "no authority we know"));
  call_free (call);
  g_assert_cmpuint (http_peer_n_requests (w.peer), ==, 0);
  world_end (&w);
}

static void
certificate_by_an_authority_of_ours (void)
{
  World w;
  gchar *url, *protocol;
  Call *call;

  world_begin_tls (&w, NULL);
  fetch_ok (w.peer, "POST", "/hello", "hello world");
  fetch_ok (w.peer, "POST", "/hello", "hello world");
  g_assert_cmpuint (http_peer_n_accepted (w.peer), ==, 1);
  protocol = http_peer_protocol (w.peer);
  g_assert_cmpstr (protocol, ==, "http/1.1");
  g_free (protocol);

  url = g_strdup_printf ("https://localhost:%u/hello", http_peer_port (w.peer));
  call = call_new ("GET", url);
  call_send (call);
  call_wait (call);
  assert_failed (call, GST_VOICE_ERROR_DISCONNECTED);
  g_assert_nonnull (strstr (call->error->message, "another host"));
  call_free (call);
  g_free (url);
  world_end (&w);
}

static void
faults_under_tls (void)
{
  static const gchar *const paths[] = { "/gone", "/cut-length",
    "/cut-length-close", "/cut-chunk"
  };
  World w;
  Call *call;

  world_begin_tls (&w, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    call_free (fetch_bad (w.peer, "POST", paths[i],
            GST_VOICE_ERROR_DISCONNECTED));
  assert_deadline (w.peer, "/hang", GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT,
      SHORT_MS, 0, 0);
  assert_deadline (w.peer, "/stall", GST_VOICE_ERROR_STALLED, 0, SHORT_MS, 0);
  call = call_peer (w.peer, "POST", "/reset");
  call_send (call);
  call_wait_bytes (call, 5);
  http_peer_release (w.peer, "/reset");
  call_wait (call);
  assert_failed (call, GST_VOICE_ERROR_DISCONNECTED);
  call_free (call);
  world_end (&w);
}

static void
tls_to_a_port_without (void)
{
  World w;
  gchar *url;

  world_begin (&w);
  url = g_strdup_printf ("https://127.0.0.1:%u/", http_peer_port (w.peer));
  assert_call_fails (url, GST_VOICE_ERROR_DISCONNECTED, "127.0.0.1");
  g_free (url);
  world_end (&w);
}

static void
ca_file_that_is_none (void)
{
  World w;

  g_setenv ("GST_VOICE_CA_FILE", "/no/such/file", TRUE);
  world_begin (&w);
  for (guint i = 0; i < 2; i++) {
    Call *call = fetch_bad (w.peer, "GET", "/hello", GST_VOICE_ERROR_INTERNAL);

    g_assert_nonnull (strstr (call->error->message, "GST_VOICE_CA_FILE"));
    call_free (call);
  }
  world_end (&w);
}

static void
assert_unknown (const gchar * url)
{
  assert_call_fails (url, GST_VOICE_ERROR_DISCONNECTED, "not a known host");
}

/* The peer as a proxy; whatever does not go through it, is not found. */
static void
begin_proxy (World * world, HttpPeer ** proxy, const gchar * no_proxy)
{
  gchar *address;

  *proxy = http_peer_new ("{\"/hello\": {\"steps\": [\"by proxy\"]}}", NULL, 0,
      NULL);
  address = g_strdup_printf ("127.0.0.1:%u", http_peer_port (*proxy));
  g_setenv ("http_proxy", address, TRUE);
  g_setenv ("HTTPS_PROXY", address, TRUE);
  g_setenv ("no_proxy", no_proxy, TRUE);
  g_free (address);
  world_begin (world);
  use_test_resolver (world);
}

static void
end_proxy (World * world, HttpPeer * proxy)
{
  world_end (world);
  http_peer_free (proxy);
  g_unsetenv ("http_proxy");
  g_unsetenv ("HTTPS_PROXY");
  g_unsetenv ("no_proxy");
}

static void
proxy_from_the_environment (void)
{
  HttpPeer *proxy;
  World w;
  Call *call;

  begin_proxy (&w, &proxy, "other.example, none.invalid");
  call = call_new ("GET", "http://service.invalid/hello");
  call_send (call);
  call_wait (call);
  assert_succeeded (call, "by proxy");
  call_free (call);
  g_assert_cmpstr (http_peer_request (proxy, 0)->target, ==,
      "http://service.invalid/hello");
  assert_unknown ("http://api.none.invalid/hello");
  g_assert_cmpuint (http_peer_n_requests (proxy), ==, 1);
  end_proxy (&w, proxy);
}

static void
proxy_that_is_not_to_be_used (void)
{
  HttpPeer *proxy;
  World w;

  begin_proxy (&w, &proxy, "*");
  assert_unknown ("http://service.invalid/hello");
  g_assert_cmpuint (http_peer_n_accepted (proxy), ==, 0);
  end_proxy (&w, proxy);
}

/* What the proxy answers is not the answer of the service. */
static void
proxy_that_makes_no_tunnel (void)
{
  HttpPeer *proxy;
  World w;

  begin_proxy (&w, &proxy, "");
  assert_call_fails ("https://service.invalid/hello",
      GST_VOICE_ERROR_DISCONNECTED, "through the proxy");
  g_assert_cmpstr (http_peer_request (proxy, 0)->method, ==, "CONNECT");
  end_proxy (&w, proxy);
}

int
main (int argc, char **argv)
{
  http_test_init (&argc, &argv);
  g_test_add_func ("/http-session/connections-are-kept", connections_are_kept);
  g_test_add_func ("/http-session/a-closed-connection-is-replaced",
      a_closed_connection_is_replaced);
  g_test_add_func ("/http-session/only-harmless-methods-are-repeated",
      only_harmless_methods_are_repeated);
  g_test_add_func ("/http-session/prewarmed", prewarmed);
  g_test_add_func ("/http-session/prewarmed-and-used-at-once",
      prewarmed_and_used_at_once);
  g_test_add_func ("/http-session/prewarming-to-nobody", prewarming_to_nobody);
  g_test_add_func ("/http-session/certificate-nobody-signed",
      certificate_nobody_signed);
  g_test_add_func ("/http-session/certificate-by-an-authority-of-ours",
      certificate_by_an_authority_of_ours);
  g_test_add_func ("/http-session/faults-under-tls", faults_under_tls);
  g_test_add_func ("/http-session/tls-to-a-port-without",
      tls_to_a_port_without);
  g_test_add_func ("/http-session/ca-file-that-is-none", ca_file_that_is_none);
  g_test_add_func ("/http-session/proxy-from-the-environment",
      proxy_from_the_environment);
  g_test_add_func ("/http-session/proxy-that-is-not-to-be-used",
      proxy_that_is_not_to_be_used);
  g_test_add_func ("/http-session/proxy-that-makes-no-tunnel",
      proxy_that_makes_no_tunnel);
  return http_test_run ();
}

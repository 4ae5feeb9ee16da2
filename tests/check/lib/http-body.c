/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Bodies that are too long, too short, compressed, or not what they claim.
 */
#include "http-harness.h"

#include <libsoup/soup.h>
#include <string.h>

static void
cut_between_two_chunks (void)
{
  World w;
  Call *call;

  if (soup_check_version (3, 3, 1) && !soup_check_version (3, 6, 5)) {
    g_test_skip ("this libsoup hides that the last chunk is missing");
    return;
  }
  world_begin (&w);
  call = fetch_bad (w.peer, "POST", "/cut-chunks",
      GST_VOICE_ERROR_DISCONNECTED);
  assert_body (call, "a whole chunk");
  call_free (call);
  world_end (&w);
}

static void
more_than_allowed (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = fetch_bad (w.peer, "GET", "/big", GST_VOICE_ERROR_BAD_RESPONSE);
  g_assert_cmpuint (call->body->len, <=, GST_VOICE_HTTP_MAX_BYTES);
  call_free (call);
  call = call_peer (w.peer, "GET", "/hello");
  gst_voice_http_request_set_max_bytes (call->request, 11);
  call_send (call);
  call_wait (call);
  assert_succeeded (call, "hello world");
  call_free (call);
  world_end (&w);
}

static void
ten_megabytes (void)
{
  static const gchar *const paths[] = { "/big", "/big-again" };
  World w;

  world_begin (&w);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    Call *call = call_peer (w.peer, "GET", paths[i]);

    gst_voice_http_request_set_max_bytes (call->request, TEN_MB);
    call_send (call);
    call_wait (call);
    assert_ten_mb (call);
    call_free (call);
  }
  world_end (&w);
}

/* Returns: a script whose /gzip answers with @size bytes, compressed, of which
 * the last @cut are missing */
static gchar *
gzip_script (gsize size, gsize cut)
{
  GConverter *zip = G_CONVERTER (g_zlib_compressor_new
      (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9));
  gchar *text = g_strnfill (size, 'x');
  gchar *packed = g_malloc (size + 100);
  gsize read, written;
  gchar *base64, *json;

  g_assert_cmpint (g_converter_convert (zip, text, size, packed, size + 100,
          G_CONVERTER_INPUT_AT_END, &read, &written, NULL), ==,
      G_CONVERTER_FINISHED);
  base64 = g_base64_encode ((guchar *) packed, written - cut);
  json = g_strdup_printf ("{'/gzip': {'headers': {'Content-Encoding': 'gzip'},"
      "'steps': [{'base64': '%s'}]}}", base64);
  g_free (base64);
  g_free (packed);
  g_free (text);
  g_object_unref (zip);
  return json;
}

static void
compressed (void)
{
  gchar *text = gzip_script (5, 0);
  World w;

  world_begin_with (&w, text, NULL);
  fetch_ok (w.peer, "GET", "/gzip", "xxxxx");
  world_end (&w);
  g_free (text);
}

/* 10 MB in 10 KB on the wire: the limit is for what comes out. */
static void
compressed_bomb (void)
{
  gchar *text = gzip_script (TEN_MB, 0);
  World w;

  world_begin_with (&w, text, NULL);
  call_free (fetch_bad (w.peer, "GET", "/gzip", GST_VOICE_ERROR_BAD_RESPONSE));
  g_assert_cmpuint (http_peer_sent (w.peer), <, 100 * 1024);
  world_end (&w);
  g_free (text);
}

static void
compressed_and_cut (void)
{
  gchar *text = gzip_script (1000, 9);
  World w;

  world_begin_with (&w, text, NULL);
  call_free (fetch_bad (w.peer, "GET", "/gzip", GST_VOICE_ERROR_DISCONNECTED));
  world_end (&w);
  g_free (text);
}

/* Out of one buffer of compressed bytes come many pieces; the pause holds after
 * the first. */
static void
compressed_and_paused (void)
{
  gchar *text = gzip_script (TEN_MB, 0);
  World w;
  Call *call;

  world_begin_with (&w, text, NULL);
  call = call_peer (w.peer, "GET", "/gzip");
  gst_voice_http_request_set_max_bytes (call->request, TEN_MB);
  call->pause_in_data = TRUE;
  call_send (call);
  call_wait_bytes (call, 1);
  fetch_ok (w.peer, "HEAD", "/gzip", "");
  g_assert_cmpuint (call_bytes (call), <=, 16 * 1024);
  gst_voice_http_pause (call->request, FALSE);
  call_wait (call);
  assert_succeeded (call, NULL);
  g_assert_cmpuint (call->body->len, ==, TEN_MB);
  call_free (call);
  world_end (&w);
  g_free (text);
}

static void
encodings_that_are_wrong (void)
{
  static const gchar answers[] = "{"
      "'/name-only': {'headers': {'Content-Encoding': 'gzip'},"
      "  'steps': ['this is not gzip']},"
      "'/broken': {'headers': {'Content-Encoding': 'gzip'},"
      "  'steps': [{'base64': 'H4sIAAAAAAACA////////////////w=='}]},"
      "'/foreign': {'headers': {'Content-Encoding': 'br'},"
      "  'steps': [{'base64': 'CwKAaGVsbG8D'}]},"
      "'/refusal': {'status': 401, 'headers': {'Content-Encoding': 'br'},"
      "  'steps': [{'base64': 'CwKAaGVsbG8D'}]},"
      "'/none': {'headers': {'Content-Encoding': 'gzip'}},"
      "'/plain': {'headers': {'Content-Encoding': 'identity'},"
      "  'steps': ['hello']}}";
  World w;

  world_begin_with (&w, answers, NULL);
  call_free (fetch_bad (w.peer, "GET", "/name-only",
          GST_VOICE_ERROR_BAD_RESPONSE));
  call_free (fetch_bad (w.peer, "GET", "/broken",
          GST_VOICE_ERROR_BAD_RESPONSE));
  call_free (fetch_bad (w.peer, "GET", "/foreign",
          GST_VOICE_ERROR_BAD_RESPONSE));
  call_free (fetch_bad (w.peer, "GET", "/refusal", GST_VOICE_ERROR_AUTH));
  fetch_ok (w.peer, "GET", "/none", "");
  fetch_ok (w.peer, "GET", "/plain", "hello");
  fetch_ok (w.peer, "HEAD", "/foreign", "");
  world_end (&w);
}

int
main (int argc, char **argv)
{
  http_test_init (&argc, &argv);
  g_test_add_func ("/http-body/cut-between-two-chunks", cut_between_two_chunks);
  g_test_add_func ("/http-body/more-than-allowed", more_than_allowed);
  g_test_add_func ("/http-body/ten-megabytes", ten_megabytes);
  g_test_add_func ("/http-body/compressed", compressed);
  g_test_add_func ("/http-body/compressed-bomb", compressed_bomb);
  g_test_add_func ("/http-body/compressed-and-cut", compressed_and_cut);
  g_test_add_func ("/http-body/compressed-and-paused", compressed_and_paused);
  g_test_add_func ("/http-body/wrong-encodings", encodings_that_are_wrong);
  return http_test_run ();
}

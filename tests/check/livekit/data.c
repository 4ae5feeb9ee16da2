/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Packets of the data channels, there and back; streams put together, and
 * those that break the rules.
 */
#include <data.h>
#include <gst-voice/error.h>
#include <string.h>
#include <text-stream.h>

static const LivekitEnvelope everybody = {.as = "anna",.sequence = 7 };

static LivekitData *
back (GBytes * bytes)
{
  GError *error = NULL;
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  LivekitData *packet = livekit_data_decode (data, size, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (packet->identity, ==, "anna");
  g_assert_cmpuint (packet->sequence, ==, 7);
  g_bytes_unref (bytes);
  return packet;
}

static void
simple (void)
{
  GBytes *payload = g_bytes_new ("\0\xff", 2);
  LivekitData *d = back (livekit_data_encode_user (&everybody, "t", payload));

  g_assert_cmpint (d->type, ==, LIVEKIT_DATA_USER);
  g_assert_cmpstr (d->user.topic, ==, "t");
  g_assert_true (g_bytes_equal (d->user.payload, payload));
  livekit_data_free (d);
  d = back (livekit_data_encode_user (&everybody, NULL, payload));
  g_assert_cmpstr (d->user.topic, ==, "");
  livekit_data_free (d);
  g_bytes_unref (payload);
  d = back (livekit_data_encode_dtmf (&everybody, '#'));
  g_assert_cmpint (d->type, ==, LIVEKIT_DATA_DTMF);
  g_assert_cmpuint (d->dtmf.code, ==, 11);
  g_assert_cmpstr (d->dtmf.digit, ==, "#");
  livekit_data_free (d);
  g_assert_null (livekit_data_encode_dtmf (&everybody, 'x'));
  g_assert_null (livekit_data_encode_dtmf (&everybody, '\0'));
}

static void
rpc (void)
{
  gchar *limit = g_strnfill (LIVEKIT_RPC_MAX_PAYLOAD, 'x');
  gchar *longer = g_strconcat (limit, "x", NULL), *text;
  LivekitData *d = back (livekit_data_encode_rpc_request (&everybody, "id",
          "m", limit, 8000));

  g_assert_cmpint (d->type, ==, LIVEKIT_DATA_RPC_REQUEST);
  g_assert_cmpstr (d->rpc_request.id, ==, "id");
  g_assert_cmpstr (d->rpc_request.method, ==, "m");
  g_assert_cmpstr (d->rpc_request.payload, ==, limit);
  g_assert_cmpuint (d->rpc_request.timeout_ms, ==, 8000);
  g_assert_cmpuint (d->rpc_request.version, ==, 1);
  livekit_data_free (d);
  g_assert_null (livekit_data_encode_rpc_request (&everybody, "id", "m",
          longer, 1));
  d = back (livekit_data_encode_rpc_ack (&everybody, "id"));
  g_assert_cmpint (d->type, ==, LIVEKIT_DATA_RPC_ACK);
  g_assert_cmpstr (d->rpc_ack, ==, "id");
  livekit_data_free (d);
  d = back (livekit_data_encode_rpc_result (&everybody, "id", ""));
  g_assert_cmpint (d->type, ==, LIVEKIT_DATA_RPC_RESPONSE);
  g_assert_cmpuint (d->rpc_response.code, ==, 0);
  livekit_data_free (d);
  d = back (livekit_data_encode_rpc_result (&everybody, "id", longer));
  g_assert_cmpuint (d->rpc_response.code, ==, LIVEKIT_RPC_RESPONSE_TOO_LARGE);
  livekit_data_free (d);
  /* Cut between characters. */
  text = g_strconcat (limit, NULL);
  text[255] = '\xc3';
  text[256] = '\xa4';
  d = back (livekit_data_encode_rpc_error (&everybody, "id",
          LIVEKIT_RPC_UNSUPPORTED_METHOD, text));
  g_assert_cmpuint (d->rpc_response.code, ==, 1400);
  g_assert_cmpuint (strlen (d->rpc_response.payload), ==, 255);
  livekit_data_free (d);
  g_free (text);
  g_free (longer);
  g_free (limit);
}

static void
damaged (void)
{
  GError *error = NULL;
  guint8 *much = g_malloc0 (LIVEKIT_DATA_MAX_SIZE + 1);

  g_assert_null (livekit_data_decode ((const guint8 *) "\x12", 1, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
  g_clear_error (&error);
  g_assert_null (livekit_data_decode (much, LIVEKIT_DATA_MAX_SIZE + 1, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
  g_error_free (error);
  g_free (much);
}

static LivekitText *
feed (TextStreams * streams, GBytes * bytes, gint64 now)
{
  LivekitData *d = back (bytes);
  LivekitText *text = text_streams_take (streams, d, now);

  livekit_data_free (d);
  return text;
}

static void
begin (TextStreams * streams, const gchar * id, gint64 now)
{
  GHashTable *attributes = g_hash_table_new (g_str_hash, g_str_equal);

  g_hash_table_insert (attributes, (gpointer) "lk.segment_id",
      (gpointer) "SG_1");
  g_hash_table_insert (attributes, (gpointer) "lk.transcription_final",
      (gpointer) "false");
  g_assert_null (feed (streams, livekit_data_encode_header (&everybody, id,
              "lk.transcription", attributes, 1), now));
  g_hash_table_unref (attributes);
}

static void
piece (TextStreams * streams, const gchar * id, guint64 index,
    const gchar * text)
{
  g_assert_null (feed (streams, livekit_data_encode_chunk (&everybody, id,
              index, text, strlen (text)), 0));
}

static LivekitText *
end (TextStreams * streams, const gchar * id, const gchar * reason)
{
  GHashTable *attributes = g_hash_table_new (g_str_hash, g_str_equal);
  LivekitText *text;

  g_hash_table_insert (attributes, (gpointer) "lk.transcription_final",
      (gpointer) "true");
  text = feed (streams, livekit_data_encode_trailer (&everybody, id, reason,
          attributes), 0);
  g_hash_table_unref (attributes);
  return text;
}

static void
a_stream (void)
{
  TextStreams *streams = text_streams_new ();
  LivekitText *text;

  begin (streams, "s", 0);
  /* A character may be cut between two chunks. */
  piece (streams, "s", 0, "Gr\xc3");
  piece (streams, "s", 1, "\xbc\xc3\x9f dich");
  text = end (streams, "s", NULL);
  g_assert_nonnull (text);
  g_assert_cmpstr (text->text, ==, "Grüß dich");
  g_assert_cmpstr (text->topic, ==, "lk.transcription");
  g_assert_cmpstr (text->identity, ==, "anna");
  g_assert_cmpstr (g_hash_table_lookup (text->attributes, "lk.segment_id"),
      ==, "SG_1");
  g_assert_cmpstr (g_hash_table_lookup (text->attributes,
          "lk.transcription_final"), ==, "true");
  livekit_text_free (text);
  g_assert_cmpuint (text_streams_count (streams), ==, 0);
  begin (streams, "e", 0);
  text = end (streams, "e", NULL);
  g_assert_cmpstr (text->text, ==, "");
  livekit_text_free (text);
  text_streams_free (streams);
}

static void
broken_streams (void)
{
  TextStreams *streams = text_streams_new ();

  begin (streams, "gap", 0);
  piece (streams, "gap", 1, "x");
  g_assert_null (end (streams, "gap", NULL));
  begin (streams, "aborted", 0);
  g_assert_null (end (streams, "aborted", "interrupted"));
  begin (streams, "utf8", 0);
  piece (streams, "utf8", 0, "\xff");
  g_assert_null (end (streams, "utf8", NULL));
  piece (streams, "unknown", 0, "x");
  g_assert_null (end (streams, "unknown", NULL));
  begin (streams, "left", 0);
  text_streams_left (streams, "PA_9");
  g_assert_cmpuint (text_streams_count (streams), ==, 1);
  text_streams_left (streams, "");
  g_assert_cmpuint (text_streams_count (streams), ==, 0);
  text_streams_free (streams);
}

static void
bounds (void)
{
  TextStreams *streams = text_streams_new ();
  gchar *chunk = g_strnfill (LIVEKIT_DATA_MAX_CHUNK, 'x');

  begin (streams, "long", 0);
  for (guint i = 0; i < 18; i++)
    piece (streams, "long", i, chunk);
  g_assert_cmpuint (text_streams_count (streams), ==, 0);
  for (guint i = 0; i < 100; i++) {
    gchar *id = g_strdup_printf ("%u", i);

    begin (streams, id, 0);
    g_free (id);
  }
  g_assert_cmpuint (text_streams_count (streams), ==, 64);
  /* Those that nobody ends make room after a minute. */
  begin (streams, "new", 60001);
  g_assert_cmpuint (text_streams_count (streams), ==, 1);
  g_free (chunk);
  text_streams_free (streams);
}

static void
splitting (void)
{
  gchar *text = g_strnfill (LIVEKIT_DATA_MAX_CHUNK + 10, 'x');

  g_assert_cmpuint (livekit_data_chunk_size (""), ==, 0);
  g_assert_cmpuint (livekit_data_chunk_size ("abc"), ==, 3);
  g_assert_cmpuint (livekit_data_chunk_size (text), ==, LIVEKIT_DATA_MAX_CHUNK);
  memcpy (text + LIVEKIT_DATA_MAX_CHUNK - 2, "\xe2\x82\xac", 3);
  g_assert_cmpuint (livekit_data_chunk_size (text), ==,
      LIVEKIT_DATA_MAX_CHUNK - 2);
  g_free (text);
}

static void
too_many_attributes (void)
{
  GHashTable *attributes = g_hash_table_new (g_str_hash, g_str_equal);
  gchar *value = g_strnfill (LIVEKIT_DATA_MAX_CHUNK, 'x');

  g_hash_table_insert (attributes, (gpointer) "k", value);
  g_assert_null (livekit_data_encode_header (&everybody, "s", "t", attributes,
          0));
  g_hash_table_unref (attributes);
  g_free (value);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/simple", simple);
  g_test_add_func ("/data/rpc", rpc);
  g_test_add_func ("/data/damaged", damaged);
  g_test_add_func ("/data/stream", a_stream);
  g_test_add_func ("/data/stream/broken", broken_streams);
  g_test_add_func ("/data/stream/bounds", bounds);
  g_test_add_func ("/data/stream/splitting", splitting);
  g_test_add_func ("/data/stream/attributes", too_many_attributes);
  return g_test_run ();
}

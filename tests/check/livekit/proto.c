/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The bounds around protobuf-c: length, memory, UTF-8, unknown fields, maps.
 */
#include <gst-voice/error.h>
#include <livekit_rtc.pb-c.h>
#include <proto.h>
#include <string.h>

#define UPDATE (&livekit__participant_update__descriptor)
#define PARTICIPANT (&livekit__participant_info__descriptor)

static gpointer
decode (const ProtobufCMessageDescriptor * type, const gchar * data, gsize size)
{
  GError *error = NULL;
  gpointer message = livekit_proto_decode (type, (const guint8 *) data, size,
      LIVEKIT_PROTO_MAX_SIZE, &error);

  if (!message)
    g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
  g_clear_error (&error);
  return message;
}

static void
there_and_back (void)
{
  Livekit__MuteTrackRequest mute = LIVEKIT__MUTE_TRACK_REQUEST__INIT, *back;
  GBytes *bytes;
  gsize size;
  const gchar *data;

  mute.sid = (char *) "TR_AM1";
  mute.muted = TRUE;
  bytes = livekit_proto_encode (&mute);
  data = g_bytes_get_data (bytes, &size);
  g_assert_cmpmem (data, size, "\n\006TR_AM1\020\001", 10);
  back = decode (&livekit__mute_track_request__descriptor, data, size);
  g_assert_nonnull (back);
  g_assert_cmpstr (back->sid, ==, "TR_AM1");
  g_assert_true (back->muted);
  livekit_proto_free (back);
  g_bytes_unref (bytes);
}

static void
nothing_is_a_message (void)
{
  Livekit__ParticipantInfo *info = decode (PARTICIPANT, NULL, 0);

  g_assert_nonnull (info);
  g_assert_cmpstr (info->sid, ==, "");
  livekit_proto_free (info);
}

/* Field 100 is not known, nor is member 99 of the oneof. */
static void
unknown_is_passed_over (void)
{
  Livekit__ParticipantInfo *info =
      decode (PARTICIPANT, "\xa2\x06\x02xy\x0a\x01p\xa8\x06\x05", 11);
  Livekit__SignalResponse *response;

  g_assert_nonnull (info);
  g_assert_cmpstr (info->sid, ==, "p");
  livekit_proto_free (info);

  response = decode (&livekit__signal_response__descriptor, "\x9a\x06\x00", 3);
  g_assert_nonnull (response);
  g_assert_cmpint (response->message_case, ==, 0);
  livekit_proto_free (response);
}

static void
damaged (void)
{
  g_assert_null (decode (PARTICIPANT, "\x0a\x05p", 3));
  g_assert_null (decode (PARTICIPANT, "\xff\xff\xff\xff\xff\xff", 6));
  g_assert_null (decode (PARTICIPANT, "\x0a\xff\xff\xff\xff\x0f", 6));
}

static void
too_long (void)
{
  GError *error = NULL;

  g_assert_null (livekit_proto_decode (PARTICIPANT,
          (const guint8 *) "\x0a\x01p", 3, 2, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
  g_error_free (error);
}

/* A million empty participants would be hundreds of megabytes. */
static void
memory_is_bounded (void)
{
  gsize size = 1024 * 1024;
  gchar *data = g_malloc (size);

  for (gsize i = 0; i < size; i += 2)
    memcpy (data + i, "\x0a\x00", 2);
  g_assert_null (decode (UPDATE, data, size));
  /* The same of unknown fields. */
  for (gsize i = 0; i < size; i += 2)
    memcpy (data + i, "\x78\x00", 2);
  g_assert_null (decode (UPDATE, data, size));
  g_free (data);
}

static void
not_utf8 (void)
{
  /* At the top, in a repeated message, in a oneof and in a map. */
  g_assert_null (decode (PARTICIPANT, "\x0a\x01\xff", 3));
  g_assert_null (decode (UPDATE, "\x0a\x03\x0a\x01\xff", 5));
  g_assert_null (decode (&livekit__signal_response__descriptor,
          "\x82\x01\x01\xff", 4));
  g_assert_null (decode (PARTICIPANT, "\x7a\x06\x0a\x01" "a\x12\x01\xff", 8));
}

/* Bytes need not be text. */
static void
bytes_are_bytes (void)
{
  Livekit__UserPacket *packet =
      decode (&livekit__user_packet__descriptor, "\x12\x02\xff\x00", 4);

  g_assert_nonnull (packet);
  g_assert_cmpmem (packet->payload.data, packet->payload.len, "\xff\x00", 2);
  livekit_proto_free (packet);
}

static void
maps (void)
{
  Livekit__ParticipantInfo info = LIVEKIT__PARTICIPANT_INFO__INIT, *back;
  GHashTable *map = g_hash_table_new (g_str_hash, g_str_equal), *got;
  GBytes *bytes;
  gsize size;
  const gchar *data;

  g_hash_table_insert (map, (gpointer) "b", (gpointer) "2");
  g_hash_table_insert (map, (gpointer) "a", (gpointer) "");
  info.attributes = livekit_proto_new_map (map,
      &livekit__participant_info__attributes_entry__descriptor,
      &info.n_attributes);
  bytes = livekit_proto_encode (&info);
  livekit_proto_free_map (info.attributes, info.n_attributes);
  data = g_bytes_get_data (bytes, &size);
  g_assert_cmpmem (data, size, "\x7a\x03\x0a\x01" "a\x7a\x06\x0a\x01"
      "b\x12\x01" "2", 13);

  back = decode (PARTICIPANT, data, size);
  got = livekit_proto_get_map (back->n_attributes, back->attributes);
  g_assert_cmpuint (g_hash_table_size (got), ==, 2);
  g_assert_cmpstr (g_hash_table_lookup (got, "b"), ==, "2");
  g_assert_cmpstr (g_hash_table_lookup (got, "a"), ==, "");
  g_hash_table_unref (got);
  livekit_proto_free (back);
  g_bytes_unref (bytes);
  g_hash_table_unref (map);
  g_assert_null (livekit_proto_new_map (NULL,
          &livekit__participant_info__attributes_entry__descriptor, &size));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proto/there-and-back", there_and_back);
  g_test_add_func ("/proto/nothing", nothing_is_a_message);
  g_test_add_func ("/proto/unknown", unknown_is_passed_over);
  g_test_add_func ("/proto/damaged", damaged);
  g_test_add_func ("/proto/too-long", too_long);
  g_test_add_func ("/proto/memory", memory_is_bounded);
  g_test_add_func ("/proto/not-utf8", not_utf8);
  g_test_add_func ("/proto/bytes", bytes_are_bytes);
  g_test_add_func ("/proto/maps", maps);
  return g_test_run ();
}

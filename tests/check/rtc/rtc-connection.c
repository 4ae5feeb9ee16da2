/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two connections of ours over loopback: media and messages both ways, an
 * impostor, candidates before the description, the end in any state. What
 * happens on the network thread is told to the test by a queue of words.
 */
#include <gst-voice/io.h>
#include <rtc-connection.h>
#include <rtp-packet.h>
#include <string.h>

typedef struct _Scene Scene;

typedef struct
{
  Scene *scene;
  const gchar *name;
  RtcConnection *connection;
} Side;

struct _Scene
{
  GAsyncQueue *words;
  DtlsIdentity *identity[2];
  Side side[2];                 /* 0 offers */
  const gchar *fingerprint;     /* told to 0 in place of the true one */
  gboolean hold;                /* descriptions come after the candidates */
  guint n_gathered;
  SrtpDropped dropped;
};

static void
say (Side * side, const gchar * what)
{
  g_async_queue_push (side->scene->words, g_strconcat (side->name, " ", what,
          NULL));
}

static Side *
other_side (Side * side)
{
  return &side->scene->side[side == side->scene->side];
}

static void
describe (Scene * scene)
{
  for (guint i = 0; i < 2; i++) {
    RtcConnection *other = scene->side[!i].connection;
    const gchar *fingerprint =
        dtls_identity_get_fingerprint (scene->identity[!i]);
    GError *error = NULL;

    rtc_connection_set_remote (scene->side[i].connection,
        rtc_connection_get_ufrag (other), rtc_connection_get_password (other),
        i == 1, "sha-256", i == 0 && scene->fingerprint ? scene->fingerprint :
        fingerprint, &error);
    g_assert_no_error (error);
  }
}

static void
on_candidate (gpointer data, const gchar * candidate)
{
  Side *side = data;

  if (candidate)
    g_assert_true (rtc_connection_add_candidate (other_side (side)->connection,
            candidate));
  else if (++side->scene->n_gathered == 2 && side->scene->hold)
    describe (side->scene);
}

static void
on_state (gpointer data, RtcState state, const GError * error)
{
  static const gchar *const names[] = { "new", "connecting", "connected",
    "closed", "failed"
  };

  g_assert_true (gst_voice_io_is_owner ());
  g_assert_true ((error != NULL) == (state == RTC_FAILED));
  if (state != RTC_CONNECTING)
    say (data, names[state]);
}

static void
on_rtp (gpointer data, guint8 * packet, gsize size)
{
  RtpPacket rtp;
  gchar *text;

  g_assert_true (rtp_packet_parse (&rtp, packet, size));
  text = g_strdup_printf ("rtp %u %.*s", rtp.sequence, (gint) rtp.payload_size,
      rtp.payload);
  say (data, text);
  g_free (text);
}

static void
on_rtcp (gpointer data, guint8 * packet, gsize size)
{
  g_assert_cmpuint (packet[1], ==, 203);
  g_assert_cmpuint (size, ==, 8);
  say (data, "rtcp");
}

static void
on_message (gpointer data, const guint8 * message, gsize size)
{
  gchar *text = g_strdup_printf ("message %.*s", (gint) size, message);

  say (data, text);
  g_free (text);
}

static void
set_up_on_io (gpointer data)
{
  static const RtcEvents events = { on_candidate, on_state, on_rtp, on_rtcp,
    on_message
  };
  Scene *scene = data;

  for (guint i = 0; i < 2; i++) {
    RtcSettings settings = {.controlling = i == 0,.local_address = "127.0.0.1"
    };
    GError *error = NULL;

    scene->side[i].scene = scene;
    scene->side[i].name = i == 0 ? "a" : "b";
    scene->side[i].connection = rtc_connection_new (scene->identity[i],
        &settings, &events, &scene->side[i], &error);
    g_assert_no_error (error);
  }
  if (!scene->hold)
    describe (scene);
  for (guint i = 0; i < 2; i++)
    g_assert_true (rtc_connection_gather (scene->side[i].connection, NULL));
}

static void
set_up (Scene * scene, const gchar * fingerprint, gboolean hold)
{
  memset (scene, 0, sizeof *scene);
  scene->fingerprint = fingerprint;
  scene->hold = hold;
  scene->words = g_async_queue_new_full (g_free);
  for (guint i = 0; i < 2; i++)
    scene->identity[i] = dtls_identity_new (NULL);
  gst_voice_io_ref ();
  gst_voice_io_post (set_up_on_io, scene, NULL);
}

static void
tear_down_on_io (gpointer data)
{
  Scene *scene = data;

  for (guint i = 0; i < 2; i++)
    rtc_connection_free (scene->side[i].connection);
}

static void
tear_down (Scene * scene)
{
  gst_voice_io_post (tear_down_on_io, scene, NULL);
  gst_voice_io_unref ();
  for (guint i = 0; i < 2; i++)
    dtls_identity_unref (scene->identity[i]);
  g_async_queue_unref (scene->words);
}

/* The next words, in either order. */
static void
expect_both (Scene * scene, const gchar * a, const gchar * b)
{
  gchar *one = g_async_queue_pop (scene->words);
  gchar *two = g_async_queue_pop (scene->words);

  if (g_str_equal (one, b)) {
    gchar *swap = one;

    one = two;
    two = swap;
  }
  g_assert_cmpstr (one, ==, a);
  g_assert_cmpstr (two, ==, b);
  g_free (one);
  g_free (two);
}

static void
expect (Scene * scene, const gchar * word)
{
  gchar *next = g_async_queue_pop (scene->words);

  g_assert_cmpstr (next, ==, word);
  g_free (next);
}

static void
send_media_on_io (gpointer data)
{
  Side *side = data;
  guint32 aligned[64];
  guint8 *packet = (guint8 *) aligned;
  RtpPacket rtp = {.payload_type = 111,.sequence = 7,.ssrc = 1,
    .payload = (const guint8 *) "sound",.payload_size = 5
  };
  static const guint8 bye[] = { 0x81, 203, 0, 1, 0, 0, 0, 1 };
  gsize size = rtp_packet_write (&rtp, packet, sizeof aligned);

  g_assert_true (rtc_connection_send_rtp (side->connection, packet, size,
          sizeof aligned));
  memcpy (packet, bye, sizeof bye);
  g_assert_true (rtc_connection_send_rtcp (side->connection, packet,
          sizeof bye, sizeof aligned));
  g_assert_true (rtc_connection_send_message (side->connection,
          (const guint8 *) "hello", 5));
}

static void
close_on_io (gpointer data)
{
  rtc_connection_close (((Side *) data)->connection);
}

static void
check_media (Scene * scene)
{
  gst_voice_io_post (send_media_on_io, &scene->side[0], NULL);
  expect (scene, "b rtp 7 sound");
  expect (scene, "b rtcp");
  expect (scene, "b message hello");
  gst_voice_io_post (send_media_on_io, &scene->side[1], NULL);
  expect (scene, "a rtp 7 sound");
  expect (scene, "a rtcp");
  expect (scene, "a message hello");
}

static void
connected (gconstpointer hold)
{
  Scene scene;

  set_up (&scene, NULL, hold != NULL);
  expect_both (&scene, "a connected", "b connected");
  check_media (&scene);
  gst_voice_io_post (close_on_io, &scene.side[0], NULL);
  expect_both (&scene, "a closed", "b closed");
  tear_down (&scene);
}

/* An impostor gets nothing, and both sides know. */
static void
impostor (void)
{
  Scene scene;

  set_up (&scene, "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
      "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F", FALSE);
  expect_both (&scene, "a failed", "b failed");
  g_assert_cmpint (g_async_queue_length (scene.words), ==, 0);
  tear_down (&scene);
}

static void
no_fingerprint (void)
{
  Scene scene;
  gchar *word;

  set_up (&scene, "", FALSE);
  word = g_async_queue_pop (scene.words);
  g_assert_cmpstr (word, ==, "a failed");
  g_free (word);
  tear_down (&scene);
}

/* At once, with everything under way. */
static void
freed_early (void)
{
  for (guint i = 0; i < 5; i++) {
    Scene scene;

    set_up (&scene, NULL, FALSE);
    tear_down (&scene);
  }
}

static void
freed_when_connected (gpointer data, RtcState state, const GError * error)
{
  Side *side = data;

  if (state != RTC_CONNECTED)
    return;
  rtc_connection_free (side->connection);
  side->connection = NULL;
  say (side, "gone");
}

static void
freeing_set_up_on_io (gpointer data)
{
  static const RtcEvents events = { on_candidate, freed_when_connected, on_rtp,
    on_rtcp, on_message
  };
  RtcSettings settings = {.controlling = TRUE,.local_address = "127.0.0.1" };
  Scene *scene = data;

  /* The others are freed with candidates under way. */
  set_up_on_io (scene);
  rtc_connection_free (scene->side[0].connection);
  rtc_connection_free (scene->side[1].connection);
  for (guint i = 0; i < 2; i++) {
    settings.controlling = i == 0;
    scene->side[i].connection = rtc_connection_new (scene->identity[i],
        &settings, &events, &scene->side[i], NULL);
  }
  describe (scene);
  for (guint i = 0; i < 2; i++)
    g_assert_true (rtc_connection_gather (scene->side[i].connection, NULL));
}

static void
freed_in_an_event (void)
{
  Scene scene;

  memset (&scene, 0, sizeof scene);
  scene.words = g_async_queue_new_full (g_free);
  for (guint i = 0; i < 2; i++)
    scene.identity[i] = dtls_identity_new (NULL);
  gst_voice_io_ref ();
  gst_voice_io_post (freeing_set_up_on_io, &scene, NULL);
  expect_both (&scene, "a gone", "b gone");
  tear_down (&scene);
}

static void
useless_on_io (gpointer data)
{
  static const gchar *const useless[] = { "", "candidate:", "nonsense",
    "candidate:1 2 UDP 1 127.0.0.1 9 typ host",
    "candidate:1 1 UDP 1 some-name.local 9 typ host",
    "candidate:1 1 UDP 1 127.0.0.1"
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

  set_up (&scene, NULL, FALSE);
  expect_both (&scene, "a connected", "b connected");
  gst_voice_io_post (useless_on_io, &scene, NULL);
  expect (&scene, "done");
  tear_down (&scene);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/rtc-connection/connected", NULL, connected);
  g_test_add_data_func ("/rtc-connection/candidates-first", "hold", connected);
  g_test_add_func ("/rtc-connection/impostor", impostor);
  g_test_add_func ("/rtc-connection/no-fingerprint", no_fingerprint);
  g_test_add_func ("/rtc-connection/freed-early", freed_early);
  g_test_add_func ("/rtc-connection/freed-in-an-event", freed_in_an_event);
  g_test_add_func ("/rtc-connection/useless-candidates", useless_candidates);
  return g_test_run ();
}

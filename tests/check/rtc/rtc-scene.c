/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two connections over loopback and what passes between them: credentials,
 * candidates as they come, a packet of each kind, or media that flows.
 */
#include "rtc-scene.h"

#include <gst-voice/io.h>
#include <rtp-packet.h>
#include <string.h>

#define FLOW_MS 5               /* between packets that flow */
#define FLOW 112                /* payload types */
#define SINGLE 111

void
scene_say (Side * side, const gchar * what)
{
  g_async_queue_push (side->scene->words, g_strconcat (side->name, " ", what,
          NULL));
}

static gboolean
is_freed_by (Side * side, const gchar * event)
{
  if (g_strcmp0 (side->scene->free_at, event) != 0)
    return FALSE;
  g_clear_pointer (&side->connection, rtc_connection_free);
  scene_say (side, "gone");
  return TRUE;
}

static Side *
other_side (Side * side)
{
  return &side->scene->side[side == side->scene->side];
}

void
scene_describe_on_io (gpointer data)
{
  Scene *scene = data;

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
  Scene *scene = side->scene;

  if (is_freed_by (side, "candidate"))
    return;
  if (!candidate) {
    if (++scene->n_gathered == 2 && scene->hold)
      scene_describe_on_io (scene);
    return;
  }
  g_free (side->candidate);
  side->candidate = g_strdup (candidate);
  if (other_side (side)->connection
      && (!scene->only || strstr (candidate, scene->only)))
    g_assert_true (rtc_connection_add_candidate (other_side (side)->connection,
            candidate));
}

static void
on_state (gpointer data, RtcState state, const GError * error)
{
  static const gchar *const names[] = { "new", "connecting", "connected",
    "closed", "failed"
  };

  g_assert_true (gst_voice_io_is_owner ());
  g_assert_true ((error != NULL) == (state == RTC_FAILED));
  if (error)
    g_test_message ("%s", error->message);
  if (!is_freed_by (data, names[state]) && state != RTC_CONNECTING)
    scene_say (data, names[state]);
}

static gboolean
goes_by (Side * side, const gchar * transport)
{
  RtcPath path;

  rtc_connection_get_path (side->connection, &path);
  return g_strcmp0 (path.transport, transport) == 0;
}

static void
on_flow (Side * side, const RtpPacket * rtp)
{
  Scene *scene = side->scene;

  side->lost += rtp->sequence - side->received - 1;
  side->received = rtp->sequence;
  if (scene->until && goes_by (&scene->side[0], scene->until)
      && goes_by (&scene->side[1], scene->until)) {
    scene->until = NULL;
    scene_say (side, "moved");
  }
}

static void
on_rtp (gpointer data, guint8 * packet, gsize size)
{
  Side *side = data;
  RtpPacket rtp;
  gchar *text;

  g_assert_true (rtp_packet_parse (&rtp, packet, size));
  if (is_freed_by (side, "rtp"))
    return;
  if (rtp.payload_type == FLOW) {
    on_flow (side, &rtp);
    return;
  }
  text = g_strdup_printf ("rtp %u %.*s", rtp.sequence, (gint) rtp.payload_size,
      rtp.payload);
  scene_say (side, text);
  g_free (text);
}

static void
on_rtcp (gpointer data, guint8 * packet, gsize size)
{
  g_assert_cmpuint (packet[1], ==, 203);
  g_assert_cmpuint (size, ==, 8);
  if (!is_freed_by (data, "rtcp"))
    scene_say (data, "rtcp");
}

static void
on_message (gpointer data, const guint8 * message, gsize size)
{
  gchar *text = g_strdup_printf ("message %.*s", (gint) size, message);

  if (!is_freed_by (data, "message"))
    scene_say (data, text);
  g_free (text);
}

void
scene_set_up_on_io (gpointer data)
{
  static const RtcEvents events = { on_candidate, on_state, on_rtp, on_rtcp,
    on_message
  };
  Scene *scene = data;

  for (guint i = 0; i < 2; i++) {
    RtcSettings settings = scene->settings;
    GError *error = NULL;

    settings.controlling = i == 0;
    scene->side[i].connection = rtc_connection_new (scene->identity[i],
        &settings, &events, &scene->side[i], &error);
    g_assert_no_error (error);
  }
  if (!scene->hold && !scene->strangers)
    scene_describe_on_io (scene);
  for (guint i = 0; i < 2; i++)
    g_assert_true (rtc_connection_gather (scene->side[i].connection, NULL));
}

/* Then the test may change settings. */
void
scene_init (Scene * scene)
{
  memset (scene, 0, sizeof *scene);
  scene->settings.local_address = "127.0.0.1";
  scene->words = g_async_queue_new_full (g_free);
  for (guint i = 0; i < 2; i++) {
    scene->identity[i] = dtls_identity_new (NULL);
    scene->side[i].scene = scene;
    scene->side[i].name = i == 0 ? "a" : "b";
  }
  gst_voice_io_ref ();
}

void
scene_start (Scene * scene)
{
  gst_voice_io_post (scene_set_up_on_io, scene, NULL);
}

static void
tear_down_on_io (gpointer data)
{
  Scene *scene = data;

  for (guint i = 0; i < 2; i++)
    rtc_connection_free (scene->side[i].connection);
}

void
scene_clear (Scene * scene)
{
  gst_voice_io_post (tear_down_on_io, scene, NULL);
  gst_voice_io_unref ();
  for (guint i = 0; i < 2; i++) {
    dtls_identity_unref (scene->identity[i]);
    g_free (scene->side[i].candidate);
  }
  g_async_queue_unref (scene->words);
}

/* The next words, in either order. */
void
scene_expect_both (Scene * scene, const gchar * a, const gchar * b)
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

void
scene_expect (Scene * scene, const gchar * word)
{
  gchar *next = g_async_queue_pop (scene->words);

  g_assert_cmpstr (next, ==, word);
  g_free (next);
}

static gboolean
send_rtp (Side * side, guint type)
{
  guint32 aligned[64];
  guint8 *packet = (guint8 *) aligned;
  RtpPacket rtp = {.payload_type = type,.sequence = ++side->sent,.ssrc = 1,
    .payload = (const guint8 *) "sound",.payload_size = 5
  };
  gsize size = rtp_packet_write (&rtp, packet, sizeof aligned);

  return rtc_connection_send_rtp (side->connection, packet, size,
      sizeof aligned);
}

static void
send_media_on_io (gpointer data)
{
  Side *side = data;
  guint32 aligned[64];
  guint8 *packet = (guint8 *) aligned;
  static const guint8 bye[] = { 0x81, 203, 0, 1, 0, 0, 0, 1 };

  g_assert_true (send_rtp (side, SINGLE));
  memcpy (packet, bye, sizeof bye);
  g_assert_true (rtc_connection_send_rtcp (side->connection, packet,
          sizeof bye, sizeof aligned));
  g_assert_true (rtc_connection_send_message (side->connection,
          (const guint8 *) "hello", 5));
}

static void
check_media_from (Scene * scene, guint from)
{
  Side *to = &scene->side[!from];
  gchar *rtp = g_strdup_printf ("%s rtp %u sound", to->name,
      scene->side[from].sent + 1u);
  gchar *rtcp = g_strconcat (to->name, " rtcp", NULL);
  gchar *message = g_strconcat (to->name, " message hello", NULL);

  gst_voice_io_post (send_media_on_io, &scene->side[from], NULL);
  scene_expect (scene, rtp);
  scene_expect (scene, rtcp);
  scene_expect (scene, message);
  g_free (rtp);
  g_free (rtcp);
  g_free (message);
}

void
scene_check_media (Scene * scene)
{
  check_media_from (scene, 0);
  check_media_from (scene, 1);
}

static void
restart_on_io (gpointer data)
{
  Side *side = data;
  gchar *before = g_strdup (rtc_connection_get_ufrag (side->connection));
  GError *error = NULL;

  g_assert_true (rtc_connection_restart (side->connection, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (before, !=, rtc_connection_get_ufrag (side->connection));
  g_free (before);
  /* An offer comes to the other side, and its answer back. */
  for (guint i = 0; i < 2; i++) {
    Side *from = i == 0 ? side : other_side (side);
    Side *to = i == 0 ? other_side (side) : side;

    g_assert_true (rtc_connection_set_remote (to->connection,
            rtc_connection_get_ufrag (from->connection),
            rtc_connection_get_password (from->connection),
            to == &side->scene->side[1], "sha-256",
            dtls_identity_get_fingerprint (side->scene->identity[from
                    != side->scene->side]), &error));
    g_assert_no_error (error);
  }
}

void
scene_restart (Scene * scene, guint side)
{
  gst_voice_io_post (restart_on_io, &scene->side[side], NULL);
}

static void
flow (gpointer data)
{
  Scene *scene = data;

  for (guint i = 0; i < 2; i++)
    g_assert_true (send_rtp (&scene->side[i], FLOW));
  gst_voice_io_timer_start (scene->timer, FLOW_MS);
}

static void
start_flow_on_io (gpointer data)
{
  Scene *scene = data;

  for (guint i = 0; i < 2; i++)
    scene->side[i].received = scene->side[!i].sent;
  scene->timer = gst_voice_io_timer_new (flow, scene);
  flow (scene);
}

/* A packet each way every FLOW_MS, and every one must be accepted. */
void
scene_start_flow (Scene * scene)
{
  gst_voice_io_post (start_flow_on_io, scene, NULL);
}

static void
stop_flow_on_io (gpointer data)
{
  Scene *scene = data;

  gst_voice_io_timer_free (scene->timer);
  g_async_queue_push (scene->words, g_strdup ("stopped"));
}

void
scene_stop_flow (Scene * scene, guint max_lost)
{
  gst_voice_io_post (stop_flow_on_io, scene, NULL);
  scene_expect (scene, "stopped");
  for (guint i = 0; i < 2; i++) {
    g_test_message ("%s: %u sent, %u lost or late on their way here",
        scene->side[i].name, scene->side[!i].sent, scene->side[i].lost);
    g_assert_cmpuint (scene->side[i].lost, <=, max_lost);
  }
}

typedef struct
{
  Side *side;
  RtcPath *path;
} PathQuestion;

static void
get_path_on_io (gpointer data)
{
  PathQuestion *question = data;

  rtc_connection_get_path (question->side->connection, question->path);
  g_async_queue_push (question->side->scene->words, g_strdup ("path"));
}

void
scene_get_path (Scene * scene, guint side, RtcPath * path)
{
  PathQuestion question = { &scene->side[side], path };

  gst_voice_io_post (get_path_on_io, &question, NULL);
  scene_expect (scene, "path");
}

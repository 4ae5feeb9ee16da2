/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two peers over loopback, their descriptions handed over by the test: speech,
 * channels, tracks that go and come back, an impostor, and the end anywhere.
 * What happens on the network thread is told to the test by a queue of words.
 */
#include <gst-voice/io.h>
#include <rtc-peer.h>
#include <srtp2/srtp.h>
#include <string.h>

#define MESSAGES 100
#define MESSAGE_SIZE 2048
#define PART (60 * 1024)
#define REPLACED 300

typedef struct _Scene Scene;

typedef struct
{
  Scene *scene;
  const gchar *name;
  RtcPeer *peer;
  guint n_messages;
} Side;

struct _Scene
{
  GAsyncQueue *words;
  DtlsIdentity *identity[2];
  Side side[2];                 /* 0 offers */
  const gchar *free_at;         /* the word at which its side is freed */
  gboolean no_channels, restart;
  gboolean no_reports;          /* are told */
  gboolean both;                /* the answer has a track, too */
  gchar *(*meddle) (gchar * sdp);       /* with the answer; or the offer */
  gboolean meddle_with_offer;
  const gchar *stream, *id;     /* of the next offer */
  guint accepted;               /* messages */
  gchar *ufrag[2];              /* of offer and answer */
  gboolean negotiating;
};

static gint n_forgotten;        /* atomic */

/* In the place of libsrtp2's. */
srtp_err_status_t
srtp_remove_stream (srtp_t session, unsigned int ssrc)
{
  g_atomic_int_inc (&n_forgotten);
  return srtp_err_status_ok;
}

G_GNUC_PRINTF (2, 3)
     static void say (Side * side, const gchar * format, ...)
{
  Scene *scene = side->scene;
  GString *word = g_string_new (side->name);
  gboolean end;
  va_list args;

  g_string_append_c (word, ' ');
  va_start (args, format);
  g_string_append_vprintf (word, format, args);
  va_end (args);
  end = scene->free_at && g_str_has_prefix (word->str, scene->free_at);
  g_async_queue_push (scene->words, g_string_free (word, FALSE));
  if (!end)
    return;
  scene->free_at = NULL;
  g_clear_pointer (&side->peer, rtc_peer_free);
  g_async_queue_push (scene->words, g_strdup ("freed"));
}

static void
on_candidate (gpointer data, const gchar * candidate)
{
  Side *side = data;
  Side *other = &side->scene->side[side == side->scene->side];

  /* Never before the description that they belong to. */
  g_assert_false (side->scene->negotiating);
  if (candidate && other->peer)
    rtc_peer_add_candidate (other->peer, candidate);
}

static void
on_state (gpointer data, RtcState state, const GError * error)
{
  static const gchar *const names[] = { "new", "connecting", "connected",
    "closed", "failed"
  };
  Side *side = data;

  g_assert_true (gst_voice_io_is_owner ());
  g_assert_true ((error != NULL) == (state == RTC_FAILED));
  g_assert_cmpint (rtc_peer_get_state (side->peer), ==, state);
  if (state != RTC_CONNECTING)
    say (side, "%s", names[state]);
}

static void
on_track (gpointer data, const RtcTrack * track, gboolean there)
{
  g_assert_cmpstr (track->mid, ==, "0");
  say (data, "%s %s %s%s", there ? "has" : "lost", track->stream, track->id,
      track->ssrc ? "" : " of whom");
}

static void
on_rtp (gpointer data, const RtcTrack * track, const RtpPacket * packet,
    gint64 now)
{
  gboolean voice = FALSE;
  guint level = 0;

  g_assert_true (track->ssrc == 0 || track->ssrc == packet->ssrc);
  g_assert_cmpint (now, >, 0);
  g_assert_true (rtp_packet_get_audio_level (packet, 1, &level, &voice));
  say (data, "hears %s: %.*s %u%s%s", track->id, (gint) packet->payload_size,
      packet->payload, level, voice ? " voice" : "",
      packet->marker ? " marker" : "");
}

static void
on_channel (gpointer data, const gchar * label)
{
  Side *side = data;

  g_assert_true (rtc_peer_channel_is_open (side->peer, label));
  say (side, "opens %s", label);
}

/* Short ones are told, of long ones the last. */
static void
on_message (gpointer data, const gchar * label, gboolean binary,
    const guint8 * message, gsize size)
{
  Side *side = data;

  if (size < MESSAGE_SIZE) {
    say (side, "reads %s %s: %.*s", label, binary ? "binary" : "text",
        (gint) size, message);
    return;
  }
  if (size == MESSAGE_SIZE)
    for (guint i = 0; i < size; i++)
      g_assert_cmpuint (message[i], ==, (side->n_messages + i) % 256);
  side->n_messages++;
  if (size == MESSAGE_SIZE && side->n_messages == MESSAGES)
    say (side, "has read all");
  else if (size == PART && side->n_messages == side->scene->accepted)
    say (side, "has read what was accepted");
}

static void
on_report (gpointer data, const RtcSenderStats * stats)
{
  Side *side = data;
  RtcSenderStats same;

  rtc_peer_get_sender_stats (side->peer, &same);
  g_assert_cmpmem (stats, sizeof *stats, &same, sizeof same);
  g_assert_cmpuint (stats->sent, >, 0);
  g_assert_cmpint (stats->round_trip, <, G_GINT64_CONSTANT (1000000000));
  if (!side->scene->no_reports)
    say (side, "is told");
}

static const RtcPeerEvents EVENTS = { on_candidate, on_state, on_track, on_rtp,
  on_channel, on_message, on_report
};

static gchar *
meddled (Scene * scene, gchar * sdp, gboolean offer)
{
  return scene->meddle && scene->meddle_with_offer == offer
      ? scene->meddle (sdp) : sdp;
}

/* ICE begins anew when it is to, and only then. */
static void
check_ufrag (Scene * scene, guint i, const gchar * sdp)
{
  const gchar *value = strstr (sdp, "a=ice-ufrag:");
  gchar *ufrag = g_strndup (value, strcspn (value, "\r"));

  if (scene->ufrag[i])
    g_assert_true (g_str_equal (ufrag, scene->ufrag[i]) != scene->restart);
  g_free (scene->ufrag[i]);
  scene->ufrag[i] = ufrag;
}

static void
negotiate_on_io (gpointer data)
{
  Scene *scene = data;
  GError *error = NULL;
  gchar *offer, *answer;

  scene->negotiating = TRUE;
  rtc_peer_set_track (scene->side[0].peer, scene->stream, scene->id);
  offer = rtc_peer_create_offer (scene->side[0].peer, scene->restart, &error);
  g_assert_no_error (error);
  offer = meddled (scene, offer, TRUE);
  answer = rtc_peer_create_answer (scene->side[1].peer, offer, &error);
  g_assert_no_error (error);
  answer = meddled (scene, answer, FALSE);
  check_ufrag (scene, 0, offer);
  check_ufrag (scene, 1, answer);
  rtc_peer_set_answer (scene->side[0].peer, answer, &error);
  g_assert_no_error (error);
  g_free (offer);
  g_free (answer);
  scene->negotiating = FALSE;
}

static void
set_up_on_io (gpointer data)
{
  Scene *scene = data;

  for (guint i = 0; i < 2; i++) {
    RtcPeerSettings settings = {.offers = i == 0,.receives = scene->both,
      .path.local_address = "127.0.0.1"
    };
    GError *error = NULL;

    scene->side[i].peer = rtc_peer_new (scene->identity[i], &settings, &EVENTS,
        &scene->side[i], &error);
    g_assert_no_error (error);
  }
  if (scene->both)
    rtc_peer_set_track (scene->side[1].peer, "agent", "voice");
  if (scene->no_channels)
    return;
  rtc_peer_add_channel (scene->side[0].peer, "_reliable", TRUE);
  rtc_peer_add_channel (scene->side[0].peer, "_lossy", FALSE);
}

static void
set_up (Scene * scene)
{
  memset (scene, 0, sizeof *scene);
  scene->words = g_async_queue_new_full (g_free);
  scene->stream = "camera";
  scene->id = "mic";
  for (guint i = 0; i < 2; i++) {
    scene->identity[i] = dtls_identity_new (NULL);
    scene->side[i].scene = scene;
    scene->side[i].name = i == 0 ? "a" : "b";
  }
  gst_voice_io_ref ();
}

static void
begin (Scene * scene)
{
  gst_voice_io_post (set_up_on_io, scene, NULL);
  gst_voice_io_post (negotiate_on_io, scene, NULL);
}

static void
tear_down_on_io (gpointer data)
{
  Scene *scene = data;

  for (guint i = 0; i < 2; i++)
    rtc_peer_free (scene->side[i].peer);
}

static void
tear_down (Scene * scene)
{
  gst_voice_io_post (tear_down_on_io, scene, NULL);
  gst_voice_io_unref ();
  for (guint i = 0; i < 2; i++)
    dtls_identity_unref (scene->identity[i]);
  g_free (scene->ufrag[0]);
  g_free (scene->ufrag[1]);
  g_async_queue_unref (scene->words);
}

/* These words and no others, in any order. */
G_GNUC_NULL_TERMINATED static void
expect (Scene * scene, const gchar * word, ...)
{
  GPtrArray *missing = g_ptr_array_new ();
  va_list args;

  va_start (args, word);
  for (; word; word = va_arg (args, const gchar *))
      g_ptr_array_add (missing, (gpointer) word);
  va_end (args);
  while (missing->len > 0) {
    gchar *next = g_async_queue_pop (scene->words);
    guint at;

    if (!g_ptr_array_find_with_equal_func (missing, next, g_str_equal, &at))
      g_error ("'%s' where '%s' was expected", next,
          (gchar *) g_ptr_array_index (missing, 0));
    g_ptr_array_remove_index (missing, at);
    g_free (next);
  }
  g_ptr_array_unref (missing);
}

static void
expect_connected (Scene * scene)
{
  expect (scene, "b has camera mic", "a connected", "b connected",
      "a opens _reliable", "a opens _lossy", "b opens _reliable",
      "b opens _lossy", NULL);
}

static void
speak_on_io (gpointer data)
{
  Scene *scene = data;

  g_assert_true (rtc_peer_send_audio (scene->side[0].peer,
          (const guint8 *) "sound", 5, 960, 30, TRUE, TRUE));
  g_assert_true (rtc_peer_send_audio (scene->side[0].peer,
          (const guint8 *) "more", 4, 1920, 127, FALSE, FALSE));
  /* Nobody has asked this side. */
  g_assert_false (rtc_peer_send_audio (scene->side[1].peer,
          (const guint8 *) "sound", 5, 960, 30, TRUE, TRUE));
}

static void
check_speech (Scene * scene, const gchar * id)
{
  gchar *first = g_strdup_printf ("b hears %s: sound 30 voice marker", id);
  gchar *second = g_strdup_printf ("b hears %s: more 127", id);

  gst_voice_io_post (speak_on_io, scene, NULL);
  expect (scene, first, NULL);
  expect (scene, second, NULL);
  g_free (first);
  g_free (second);
}

static void
close_on_io (gpointer data)
{
  rtc_peer_close (((Side *) data)->peer);
}

/* Whoever goes reports once more. */
static void
speech (void)
{
  Scene scene;

  set_up (&scene);
  begin (&scene);
  expect_connected (&scene);
  check_speech (&scene, "mic");
  gst_voice_io_post (close_on_io, &scene.side[1], NULL);
  expect (&scene, "a is told", "b closed", "a closed", NULL);
  tear_down (&scene);
}

static void
answer_aloud_on_io (gpointer data)
{
  Scene *scene = data;

  g_assert_true (rtc_peer_send_audio (scene->side[1].peer,
          (const guint8 *) "hello", 5, 960, 20, TRUE, TRUE));
  g_assert_true (rtc_peer_send_audio (scene->side[0].peer,
          (const guint8 *) "sound", 5, 960, 30, TRUE, TRUE));
}

/* As a browser calls: whoever answers speaks, too. */
static void
both_ways (void)
{
  Scene scene;

  set_up (&scene);
  scene.both = scene.no_channels = scene.no_reports = TRUE;
  begin (&scene);
  expect (&scene, "b has camera mic", "a has agent voice", "a connected",
      "b connected", NULL);
  gst_voice_io_post (answer_aloud_on_io, &scene, NULL);
  expect (&scene, "a hears voice: hello 20 voice marker",
      "b hears mic: sound 30 voice marker", NULL);
  tear_down (&scene);
}

/* A call: one pair for each direction, all on one thread. */
static void
two_pairs (void)
{
  Scene one, two;

  set_up (&one);
  set_up (&two);
  begin (&one);
  begin (&two);
  expect_connected (&one);
  expect_connected (&two);
  check_speech (&one, "mic");
  check_speech (&two, "mic");
  tear_down (&one);
  check_speech (&two, "mic");
  tear_down (&two);
}

/* Reports by the timer, so this takes some seconds. */
static void
reports (void)
{
  Scene scene;

  set_up (&scene);
  scene.no_channels = TRUE;
  begin (&scene);
  expect (&scene, "b has camera mic", "a connected", "b connected", NULL);
  check_speech (&scene, "mic");
  expect (&scene, "a is told", NULL);
  tear_down (&scene);
}

static void
write_on_io (gpointer data)
{
  Side *side = data;
  RtcPeer *peer = side->peer;
  guint8 message[MESSAGE_SIZE];

  for (guint n = 0; n < MESSAGES; n++) {
    for (guint i = 0; i < sizeof message; i++)
      message[i] = n + i;
    g_assert_true (rtc_peer_send_message (peer, "_reliable", TRUE, message,
            sizeof message));
  }
  g_assert_true (rtc_peer_send_message (peer, "_lossy", FALSE,
          (const guint8 *) "quick", 5));
  g_assert_true (rtc_peer_send_message (peer, "_lossy", TRUE, NULL, 0));
  g_assert_false (rtc_peer_send_message (peer, "other", TRUE, message, 1));
  g_assert_false (rtc_peer_channel_is_open (peer, "other"));
}

static void
messages (void)
{
  Scene scene;

  set_up (&scene);
  begin (&scene);
  expect_connected (&scene);
  gst_voice_io_post (write_on_io, &scene.side[0], NULL);
  gst_voice_io_post (write_on_io, &scene.side[1], NULL);
  expect (&scene, "b has read all", "b reads _lossy text: quick",
      "b reads _lossy binary: ", "a has read all", "a reads _lossy text: quick",
      "a reads _lossy binary: ", NULL);
  tear_down (&scene);
}

static void
press_on_io (gpointer data)
{
  Scene *scene = data;
  guint8 *part = g_malloc0 (PART);
  guint8 *monster = g_malloc0 (262145);

  while (rtc_peer_send_message (scene->side[0].peer, "_reliable", TRUE, part,
          PART))
    g_assert_cmpuint (++scene->accepted, <, 20);
  g_assert_cmpuint (scene->accepted, >, 0);
  g_assert_false (rtc_peer_send_message (scene->side[0].peer, "_lossy", TRUE,
          monster, 262145));
  g_free (part);
  g_free (monster);
}

/* What was accepted comes, the rest is refused and not kept. */
static void
back_pressure (void)
{
  Scene scene;

  set_up (&scene);
  begin (&scene);
  expect_connected (&scene);
  gst_voice_io_post (press_on_io, &scene, NULL);
  expect (&scene, "b has read what was accepted", NULL);
  tear_down (&scene);
}

static gchar *
make_small (gchar * sdp)
{
  memcpy (strstr (sdp, "max-message-size:262144"), "max-message-size:000100",
      23);
  return sdp;
}

static void
write_small_on_io (gpointer data)
{
  Scene *scene = data;
  guint8 message[101] = { 0 };

  g_assert_false (rtc_peer_send_message (scene->side[0].peer, "_reliable",
          TRUE, message, 101));
  g_assert_true (rtc_peer_send_message (scene->side[0].peer, "_reliable", TRUE,
          message, 100));
}

/* The other side says how much it takes. */
static void
small_messages (void)
{
  Scene scene;

  set_up (&scene);
  scene.meddle = make_small;
  begin (&scene);
  expect_connected (&scene);
  gst_voice_io_post (write_small_on_io, &scene, NULL);
  expect (&scene, "b reads _reliable binary: ", NULL);
  tear_down (&scene);
}

static void
assert_unheard_on_io (gpointer data)
{
  Scene *scene = data;

  g_assert_false (rtc_peer_send_audio (scene->side[0].peer,
          (const guint8 *) "sound", 5, 960, 30, TRUE, TRUE));
}

/* The answer is to the track that was offered, not to the one that there is by
 * now. */
static void
change_too_early_on_io (gpointer data)
{
  Scene *scene = data;
  RtcPeer *peer = scene->side[0].peer;
  GError *error = NULL;
  gchar *offer, *answer;

  rtc_peer_set_track (peer, "camera", "fourth");
  offer = rtc_peer_create_offer (peer, FALSE, &error);
  g_assert_no_error (error);
  rtc_peer_set_track (peer, "camera", "fifth");
  answer = rtc_peer_create_answer (scene->side[1].peer, offer, &error);
  g_assert_no_error (error);
  g_assert_true (rtc_peer_set_answer (peer, answer, &error));
  g_free (offer);
  g_free (answer);
}

/* On the same section, as on_track () checks. */
static void
renegotiation (void)
{
  Scene scene;

  set_up (&scene);
  begin (&scene);
  expect_connected (&scene);
  check_speech (&scene, "mic");
  scene.stream = scene.id = NULL;
  gst_voice_io_post (negotiate_on_io, &scene, NULL);
  expect (&scene, "b lost camera mic", NULL);
  gst_voice_io_post (assert_unheard_on_io, &scene, NULL);
  scene.stream = "camera";
  scene.id = "second";
  gst_voice_io_post (negotiate_on_io, &scene, NULL);
  expect (&scene, "b has camera second", NULL);
  check_speech (&scene, "second");
  scene.id = "third";
  gst_voice_io_post (negotiate_on_io, &scene, NULL);
  expect (&scene, "b lost camera second", "b has camera third", NULL);
  check_speech (&scene, "third");
  /* Nothing new, nothing told. */
  gst_voice_io_post (negotiate_on_io, &scene, NULL);
  check_speech (&scene, "third");
  gst_voice_io_post (change_too_early_on_io, &scene, NULL);
  expect (&scene, "b lost camera third", "b has camera fourth", NULL);
  gst_voice_io_post (assert_unheard_on_io, &scene, NULL);
  scene.id = "fifth";
  gst_voice_io_post (negotiate_on_io, &scene, NULL);
  expect (&scene, "b lost camera fourth", "b has camera fifth", NULL);
  check_speech (&scene, "fifth");
  tear_down (&scene);
}

/* SRTP does not remember whoever is gone. */
static void
replaced_often (void)
{
  Scene scene;

  set_up (&scene);
  scene.no_reports = TRUE;
  begin (&scene);
  expect_connected (&scene);
  check_speech (&scene, "mic");
  g_atomic_int_set (&n_forgotten, 0);
  for (guint i = 0; i < REPLACED; i++) {
    scene.id = i % 2 ? "mic" : "other";
    gst_voice_io_post (negotiate_on_io, &scene, NULL);
    expect (&scene, i % 2 ? "b lost camera other" : "b lost camera mic",
        i % 2 ? "b has camera mic" : "b has camera other", NULL);
    check_speech (&scene, scene.id);
    g_assert_cmpint (g_atomic_int_get (&n_forgotten), ==, i + 1);
  }
  tear_down (&scene);
}

/* ICE begins anew; DTLS, tracks and channels stay. */
static void
restart (void)
{
  Scene scene;

  set_up (&scene);
  begin (&scene);
  expect_connected (&scene);
  scene.restart = TRUE;
  gst_voice_io_post (negotiate_on_io, &scene, NULL);
  check_speech (&scene, "mic");
  gst_voice_io_post (write_on_io, &scene.side[0], NULL);
  expect (&scene, "b has read all", "b reads _lossy text: quick",
      "b reads _lossy binary: ", NULL);
  tear_down (&scene);
}

/* Another certificate than the one that was told. */
static gchar *
forge (gchar * sdp)
{
  gchar *digits = strstr (sdp, "sha-256 ") + 8;

  while (digits) {
    digits[0] = digits[0] == 'A' ? 'B' : 'A';
    digits = strstr (digits, "sha-256 ");
    digits = digits ? digits + 8 : NULL;
  }
  return sdp;
}

static void
impostor (void)
{
  Scene scene;

  set_up (&scene);
  scene.meddle = forge;
  begin (&scene);
  expect (&scene, "b has camera mic", "a failed", "b failed", NULL);
  tear_down (&scene);
}

static gchar *
leave_out_sources (gchar * sdp)
{
  gchar **parts = g_strsplit (sdp, "a=ssrc:", -1);
  GString *out = g_string_new (parts[0]);

  for (guint i = 1; parts[i]; i++)
    g_string_append (out, strstr (parts[i], "\r\n") + 2);
  g_strfreev (parts);
  g_free (sdp);
  return g_string_free (out, FALSE);
}

/* A source that nobody has told of is that of the only section. */
static void
unknown_source (void)
{
  Scene scene;

  set_up (&scene);
  scene.meddle = leave_out_sources;
  scene.meddle_with_offer = TRUE;
  scene.no_channels = TRUE;
  begin (&scene);
  expect (&scene, "b has camera mic of whom", "a connected", "b connected",
      NULL);
  check_speech (&scene, "mic");
  tear_down (&scene);
}

static void
assert_error (GError ** error)
{
  g_assert_error (*error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (error);
}

static gchar *
with_setup (const gchar * sdp, const gchar * setup)
{
  GString *other = g_string_new (sdp);
  gchar *to = g_strconcat ("a=setup:", setup, "\r\n", NULL);

  g_string_replace (other, "a=setup:active\r\n", to, 0);
  g_string_replace (other, "a=setup:actpass\r\n", to, 0);
  g_free (to);
  return g_string_free (other, FALSE);
}

static gchar *
make_active (gchar * sdp)
{
  gchar *other = with_setup (sdp, "active");

  g_free (sdp);
  return other;
}

/* Whoever offers may begin DTLS, too, and has the even channels then; it stays
 * so when the sections are offered again. */
static void
other_role (void)
{
  Scene scene;

  set_up (&scene);
  scene.meddle = make_active;
  scene.meddle_with_offer = TRUE;
  begin (&scene);
  expect_connected (&scene);
  check_speech (&scene, "mic");
  scene.meddle = NULL;
  scene.id = "second";
  gst_voice_io_post (negotiate_on_io, &scene, NULL);
  expect (&scene, "b lost camera mic", "b has camera second", NULL);
  check_speech (&scene, "second");
  gst_voice_io_post (write_on_io, &scene.side[1], NULL);
  expect (&scene, "a has read all", "a reads _lossy text: quick",
      "a reads _lossy binary: ", NULL);
  tear_down (&scene);
}

static void
out_of_order_on_io (gpointer data)
{
  Scene *scene = data;
  RtcPeer *a = scene->side[0].peer, *b = scene->side[1].peer;
  gchar *offer, *answer, *other;
  GError *error = NULL;

  g_assert_null (rtc_peer_create_offer (a, FALSE, &error));
  assert_error (&error);
  rtc_peer_set_track (a, "camera", "mic");
  offer = rtc_peer_create_offer (a, TRUE, &error);
  g_assert_no_error (error);
  g_assert_null (rtc_peer_create_offer (b, FALSE, &error));
  assert_error (&error);
  g_assert_null (rtc_peer_create_answer (a, offer, &error));
  assert_error (&error);
  g_assert_null (rtc_peer_create_answer (b, "v=0\r\n", &error));
  assert_error (&error);
  g_assert_null (rtc_peer_create_answer (b, "nonsense", &error));
  assert_error (&error);
  answer = rtc_peer_create_answer (b, offer, &error);
  g_assert_no_error (error);
  g_assert_false (rtc_peer_set_answer (b, answer, &error));
  assert_error (&error);
  g_assert_false (rtc_peer_set_answer (a, "v=0\r\n", &error));
  assert_error (&error);
  other = with_setup (answer, "actpass");
  g_assert_false (rtc_peer_set_answer (a, other, &error));
  assert_error (&error);
  g_free (other);
  g_assert_true (rtc_peer_set_answer (a, answer, &error));
  g_assert_no_error (error);
  /* It has been answered; and who begins DTLS has been settled. */
  g_assert_false (rtc_peer_set_answer (a, answer, &error));
  assert_error (&error);
  other = with_setup (offer, "active");
  g_assert_null (rtc_peer_create_answer (b, other, &error));
  assert_error (&error);
  g_free (other);
  g_free (offer);
  g_free (answer);
  g_async_queue_push (scene->words, g_strdup ("done"));
}

static void
out_of_order (void)
{
  Scene scene;

  set_up (&scene);
  scene.no_channels = TRUE;
  gst_voice_io_post (set_up_on_io, &scene, NULL);
  gst_voice_io_post (out_of_order_on_io, &scene, NULL);
  expect (&scene, "b has camera mic", NULL);
  expect (&scene, "done", NULL);
  expect (&scene, "a connected", "b connected", NULL);
  tear_down (&scene);
}

/* Early, with everything under way, and in every event. */
static void
freed_at (gconstpointer word)
{
  Scene scene;
  gchar *next = NULL;

  set_up (&scene);
  scene.free_at = word;
  begin (&scene);
  if (g_str_has_suffix (word, "hears")) {
    expect_connected (&scene);
    gst_voice_io_post (speak_on_io, &scene, NULL);
  } else if (g_str_has_suffix (word, "told")) {
    expect_connected (&scene);
    check_speech (&scene, "mic");
    gst_voice_io_post (close_on_io, &scene.side[1], NULL);
  } else if (g_str_has_suffix (word, "reads")) {
    expect_connected (&scene);
    gst_voice_io_post (write_on_io, &scene.side[0], NULL);
  }
  do {
    g_free (next);
    next = g_async_queue_pop (scene.words);
  } while (strcmp (next, "freed") != 0);
  g_free (next);
  tear_down (&scene);
}

static void
freed_early (void)
{
  for (guint i = 0; i < 5; i++) {
    Scene scene;

    set_up (&scene);
    begin (&scene);
    tear_down (&scene);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc-peer/speech", speech);
  g_test_add_func ("/rtc-peer/both-ways", both_ways);
  g_test_add_func ("/rtc-peer/two-pairs", two_pairs);
  g_test_add_func ("/rtc-peer/reports", reports);
  g_test_add_func ("/rtc-peer/messages", messages);
  g_test_add_func ("/rtc-peer/back-pressure", back_pressure);
  g_test_add_func ("/rtc-peer/small-messages", small_messages);
  g_test_add_func ("/rtc-peer/renegotiation", renegotiation);
  g_test_add_func ("/rtc-peer/replaced-often", replaced_often);
  g_test_add_func ("/rtc-peer/restart", restart);
  g_test_add_func ("/rtc-peer/impostor", impostor);
  g_test_add_func ("/rtc-peer/unknown-source", unknown_source);
  g_test_add_func ("/rtc-peer/other-role", other_role);
  g_test_add_func ("/rtc-peer/out-of-order", out_of_order);
  g_test_add_func ("/rtc-peer/freed-early", freed_early);
  g_test_add_data_func ("/rtc-peer/freed-at-track", "b has", freed_at);
  g_test_add_data_func ("/rtc-peer/freed-when-connected", "b connected",
      freed_at);
  g_test_add_data_func ("/rtc-peer/freed-at-channel", "a opens", freed_at);
  g_test_add_data_func ("/rtc-peer/freed-at-packet", "b hears", freed_at);
  g_test_add_data_func ("/rtc-peer/freed-at-message", "b reads", freed_at);
  g_test_add_data_func ("/rtc-peer/freed-at-report", "a is told", freed_at);
  return g_test_run ();
}

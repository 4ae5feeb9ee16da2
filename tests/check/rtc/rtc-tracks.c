/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which track a packet is given to. The other side is a bare connection with
 * descriptions of the test's own: sections with and without sources, names in
 * packets, what is gone, what is nobody's. Also who begins DTLS when the other
 * side wants to, and an other side that is another one after a while.
 */
#include <gst-voice/io.h>
#include <rtc-peer.h>
#include <string.h>

#define OPUS 96
#define MID_ID 3
#define FORGED "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:" \
  "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F"

typedef struct
{
  GAsyncQueue *words;
  DtlsIdentity *identity[2];
  RtcPeer *peer;
  RtcConnection *other;         /* DTLS client */
  guint16 sequence;
  const gchar *sections;        /* of the next offer; `%s`: the transport */
  const gchar *fingerprint;     /* of it, or NULL: the true one */
} Scene;

typedef struct
{
  Scene *scene;
  guint32 ssrc;
  guint8 payload_type;
  const gchar *mid, *payload;
} Sent;

static void
on_candidate (gpointer data, const gchar * candidate)
{
  Scene *scene = data;

  if (candidate)
    rtc_connection_add_candidate (scene->other, candidate);
}

static void
on_other_candidate (gpointer data, const gchar * candidate)
{
  Scene *scene = data;

  if (candidate)
    rtc_peer_add_candidate (scene->peer, candidate);
}

static void
on_state (gpointer data, RtcState state, const GError * error)
{
  Scene *scene = data;

  if (state == RTC_CONNECTED)
    g_async_queue_push (scene->words, g_strdup ("connected"));
}

static void
on_track (gpointer data, const RtcTrack * track, gboolean there)
{
  Scene *scene = data;

  g_async_queue_push (scene->words, g_strdup_printf ("%s%s", there ? "+" : "-",
          track->id));
}

static void
on_rtp (gpointer data, const RtcTrack * track, const RtpPacket * packet,
    gint64 now)
{
  Scene *scene = data;

  g_async_queue_push (scene->words, g_strdup_printf ("%s: %.*s", track->id,
          (gint) packet->payload_size, packet->payload));
}

static void
on_other_media (gpointer data, guint8 * packet, gsize size)
{
}

static void
on_other_message (gpointer data, const guint8 * message, gsize size)
{
}

static void
on_channel (gpointer data, const gchar * label)
{
  g_assert_not_reached ();
}

static void
on_message (gpointer data, const gchar * label, gboolean binary,
    const guint8 * message, gsize size)
{
  g_assert_not_reached ();
}

static void
on_report (gpointer data, const RtcSenderStats * stats)
{
  g_assert_not_reached ();
}

static void
set_up_on_io (gpointer data)
{
  static const RtcPeerEvents events = { on_candidate, on_state, on_track,
    on_rtp, on_channel, on_message, on_report
  };
  static const RtcEvents of_other = { on_other_candidate, on_state,
    on_other_media, on_other_media, on_other_message
  };
  Scene *scene = data;
  RtcPeerSettings settings = {.path.local_address = "127.0.0.1" };
  GError *error = NULL;

  scene->peer = rtc_peer_new (scene->identity[0], &settings, &events, scene,
      &error);
  g_assert_no_error (error);
  settings.path.controlling = TRUE;
  scene->other = rtc_connection_new (scene->identity[1], &settings.path,
      &of_other, scene, &error);
  g_assert_no_error (error);
}

static gchar *
value_of (const gchar * sdp, const gchar * name)
{
  const gchar *value = strstr (sdp, name) + strlen (name);

  return g_strndup (value, strcspn (value, "\r"));
}

static gchar *
make_offer (Scene * scene)
{
  const gchar *fingerprint = scene->fingerprint ? scene->fingerprint :
      dtls_identity_get_fingerprint (scene->identity[1]);

  return g_strdup_printf ("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
      "a=group:BUNDLE 0 1 2\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n"
      "a=fingerprint:sha-256 %s\r\na=setup:active\r\n%s",
      rtc_connection_get_ufrag (scene->other),
      rtc_connection_get_password (scene->other), fingerprint, scene->sections);
}

static void
negotiate_on_io (gpointer data)
{
  Scene *scene = data;
  gchar *offer = make_offer (scene), *answer, *ufrag, *password;
  GError *error = NULL;

  answer = rtc_peer_create_answer (scene->peer, offer, &error);
  g_free (offer);
  if (scene->fingerprint) {
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    g_clear_error (&error);
    g_async_queue_push (scene->words, g_strdup ("refused"));
    return;
  }
  g_assert_no_error (error);
  g_assert_nonnull (strstr (answer, "a=setup:passive\r\n"));
  ufrag = value_of (answer, "a=ice-ufrag:");
  password = value_of (answer, "a=ice-pwd:");
  rtc_connection_set_remote (scene->other, ufrag, password, TRUE, "sha-256",
      dtls_identity_get_fingerprint (scene->identity[0]), &error);
  g_assert_no_error (error);
  g_free (ufrag);
  g_free (password);
  g_free (answer);
}

static void
gather_on_io (gpointer data)
{
  Scene *scene = data;

  g_assert_true (rtc_connection_gather (scene->other, NULL));
}

static void
send_on_io (gpointer data)
{
  Sent *sent = data;
  guint32 aligned[64];
  guint8 *bytes = (guint8 *) aligned, extensions[20];
  gsize used = 0, size;
  RtpPacket packet = {.payload_type = sent->payload_type,.ssrc = sent->ssrc,
    .sequence = sent->scene->sequence++,
    .payload = (const guint8 *) sent->payload,
    .payload_size = strlen (sent->payload)
  };

  if (sent->mid) {
    rtp_extension_add (RTP_ONE_BYTE_EXTENSIONS, extensions, sizeof extensions,
        &used, MID_ID, (const guint8 *) sent->mid, strlen (sent->mid));
    packet.extension_profile = RTP_ONE_BYTE_EXTENSIONS;
    packet.extensions = extensions;
    packet.extensions_size = used;
  }
  size = rtp_packet_write (&packet, bytes, sizeof aligned);
  g_assert_true (rtc_connection_send_rtp (sent->scene->other, bytes, size,
          sizeof aligned));
}

static void
send (Scene * scene, guint32 ssrc, guint8 payload_type, const gchar * mid,
    const gchar * payload)
{
  Sent sent = { scene, ssrc, payload_type, mid, payload };

  gst_voice_io_post (send_on_io, g_memdup2 (&sent, sizeof sent), g_free);
}

static void
expect (Scene * scene, const gchar * word)
{
  gchar *next = g_async_queue_pop (scene->words);

  g_assert_cmpstr (next, ==, word);
  g_free (next);
}

static void
negotiate (Scene * scene, const gchar * sections)
{
  scene->sections = sections;
  gst_voice_io_post (negotiate_on_io, scene, NULL);
}

static void
set_up (Scene * scene, const gchar * sections)
{
  memset (scene, 0, sizeof *scene);
  scene->words = g_async_queue_new_full (g_free);
  for (guint i = 0; i < 2; i++)
    scene->identity[i] = dtls_identity_new (NULL);
  gst_voice_io_ref ();
  gst_voice_io_post (set_up_on_io, scene, NULL);
  negotiate (scene, sections);
  gst_voice_io_post (gather_on_io, scene, NULL);
}

static void
tear_down_on_io (gpointer data)
{
  Scene *scene = data;

  rtc_peer_free (scene->peer);
  rtc_connection_free (scene->other);
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

#define AUDIO(mid, more) "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:" mid \
  "\r\na=rtcp-mux\r\na=rtpmap:96 opus/48000/2\r\n" more
#define TRACK(ssrc, id) "a=ssrc:" ssrc " msid:s " id "\r\n"
#define NAMED(id) "a=msid:s " id "\r\n" \
  "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"

/* Packets come in order: what is nobody's is proven by what comes next. */
static void
by_source (void)
{
  Scene scene;

  set_up (&scene, AUDIO ("0", TRACK ("10", "x")) AUDIO ("1",
          TRACK ("11", "y")) AUDIO ("2", "a=inactive\r\n"));
  expect (&scene, "+x");
  expect (&scene, "+y");
  expect (&scene, "connected");
  expect (&scene, "connected");
  send (&scene, 11, OPUS, NULL, "one");
  send (&scene, 12, OPUS, NULL, "nobody's");
  send (&scene, 11, OPUS + 1, NULL, "not Opus");
  send (&scene, 11, OPUS, "0", "named otherwise");
  send (&scene, 0, OPUS, NULL, "no source");
  send (&scene, 10, OPUS, NULL, "two");
  expect (&scene, "y: one");
  expect (&scene, "y: named otherwise");
  expect (&scene, "x: two");
  tear_down (&scene);
}

static void
by_name (void)
{
  Scene scene;

  set_up (&scene, AUDIO ("0", NAMED ("x")) AUDIO ("1", NAMED ("y")));
  expect (&scene, "+x");
  expect (&scene, "+y");
  expect (&scene, "connected");
  expect (&scene, "connected");
  send (&scene, 10, OPUS, NULL, "nobody's");
  send (&scene, 10, OPUS, "1", "named");
  send (&scene, 10, OPUS, NULL, "known by now");
  send (&scene, 11, OPUS, "7", "no such section");
  send (&scene, 11, OPUS, "0", "other");
  send (&scene, 12, OPUS, "1", "again");
  expect (&scene, "y: named");
  expect (&scene, "y: known by now");
  expect (&scene, "x: other");
  expect (&scene, "y: again");
  tear_down (&scene);
}

/* What comes late of a source that is gone is not the next one's. */
static void
of_former (void)
{
  Scene scene;

  set_up (&scene, AUDIO ("0", TRACK ("10", "x")));
  expect (&scene, "+x");
  expect (&scene, "connected");
  expect (&scene, "connected");
  send (&scene, 10, OPUS, NULL, "one");
  expect (&scene, "x: one");
  negotiate (&scene, AUDIO ("0", "a=msid:s y\r\n"));
  expect (&scene, "-x");
  expect (&scene, "+y");
  send (&scene, 10, OPUS, NULL, "late");
  send (&scene, 11, OPUS, NULL, "two");
  expect (&scene, "y: two");
  negotiate (&scene, AUDIO ("0", "a=recvonly\r\n"));
  expect (&scene, "-y");
  negotiate (&scene, AUDIO ("0", TRACK ("11", "z")));
  expect (&scene, "+z");
  send (&scene, 11, OPUS, NULL, "back");
  expect (&scene, "z: back");
  tear_down (&scene);
}

/* Nobody takes the place of the other side. */
static void
other_certificate (void)
{
  Scene scene;

  set_up (&scene, AUDIO ("0", TRACK ("10", "x")));
  expect (&scene, "+x");
  expect (&scene, "connected");
  expect (&scene, "connected");
  scene.fingerprint = FORGED;
  negotiate (&scene, AUDIO ("0", TRACK ("10", "x")));
  expect (&scene, "refused");
  send (&scene, 10, OPUS, NULL, "still the same");
  expect (&scene, "x: still the same");
  tear_down (&scene);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc-tracks/by-source", by_source);
  g_test_add_func ("/rtc-tracks/by-name", by_name);
  g_test_add_func ("/rtc-tracks/of-former", of_former);
  g_test_add_func ("/rtc-tracks/other-certificate", other_certificate);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A peer of ours whose signalling is its standard input and output, a line
 * each: `offer BASE64`, `answer BASE64`, `candidate …`, either way; in, too:
 * `send CHANNEL TEXT`, and out: what has happened. It says a tone of 440 Hz,
 * hears what there is, says how high a tone that is, and sends messages back.
 *
 *   rtc-stdio offer|answer
 */
#include <gst-voice/io.h>
#include <opus-codec.h>
#include <rtc-peer.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define RATE 48000
#define FRAME 960               /* 20 ms */
#define TONE 440                /* Hz */
#define HEARD 50                /* frames until the tone is told */
#define MAX_LINE (1024 * 1024)

typedef struct
{
  gboolean offers;
  DtlsIdentity *identity;
  /* network thread only */
  RtcPeer *peer;
  GstVoiceIoTimer *timer;
  OpusSpeechEncoder *encoder;
  OpusSpeechDecoder *decoder;
  guint64 said;                 /* samples */
  guint heard, crossings;
  gint16 last;
} App;

typedef struct
{
  App *app;
  gchar *line;
} Line;

static void
tell (const gchar * word, const gchar * text)
{
  printf ("%s %s\n", word, text);
  fflush (stdout);
}

static void
tell_description (const gchar * word, const gchar * sdp, const GError * error)
{
  gchar *text;

  if (!sdp)
    g_error ("%s: %s", word, error->message);
  text = g_base64_encode ((const guchar *) sdp, strlen (sdp));
  tell (word, text);
  g_free (text);
}

static void
on_candidate (gpointer data, const gchar * candidate)
{
  if (candidate)
    tell ("candidate", candidate);
}

static void
on_state (gpointer data, RtcState state, const GError * error)
{
  static const gchar *const names[] = { "new", "connecting", "connected",
    "closed", "failed"
  };
  App *app = data;

  tell ("state", names[state]);
  if (state == RTC_CONNECTED && app->offers)
    gst_voice_io_timer_start (app->timer, 0);
}

static void
on_track (gpointer data, const RtcTrack * track, gboolean there)
{
  tell (there ? "track" : "no-track", track->id);
}

/* How often the sound crosses zero upwards is its pitch. */
static void
on_rtp (gpointer data, const RtcTrack * track, const RtpPacket * packet,
    gint64 now)
{
  gint16 samples[RATE * OPUS_CODEC_MAX_MS / 1000];
  App *app = data;
  guint n = opus_speech_decoder_decode (app->decoder, packet->payload,
      packet->payload_size, samples, G_N_ELEMENTS (samples));

  for (guint i = 0; i < n; i++) {
    app->crossings += app->last < 0 && samples[i] >= 0;
    app->last = samples[i];
  }
  if (n == FRAME && ++app->heard % HEARD == 0) {
    gchar *text = g_strdup_printf ("%u", app->crossings * RATE / FRAME / HEARD);

    tell ("hears", text);
    g_free (text);
    app->crossings = 0;
  }
}

static void
on_channel (gpointer data, const gchar * label)
{
  tell ("channel", label);
}

static void
on_message (gpointer data, const gchar * label, gboolean binary,
    const guint8 * message, gsize size)
{
  App *app = data;

  rtc_peer_send_message (app->peer, label, binary, message, size);
}

static void
on_report (gpointer data, const RtcSenderStats * stats)
{
  gchar *text = g_strdup_printf ("%.0f us, %.3f lost",
      stats->round_trip / 1000.0, stats->loss);

  if (stats->round_trip >= 0)
    tell ("report", text);
  g_free (text);
}

static void
speak (gpointer data)
{
  App *app = data;
  gint16 samples[FRAME];
  guint8 packet[OPUS_CODEC_MAX_PACKET];
  gsize size;

  gst_voice_io_timer_start (app->timer, 20);
  for (guint i = 0; i < FRAME; i++)
    samples[i] = 8000 * sin (2 * G_PI * TONE * (app->said + i) / RATE);
  size = opus_speech_encoder_encode (app->encoder, samples, FRAME, packet,
      sizeof packet);
  rtc_peer_send_audio (app->peer, packet, size, app->said, 20, TRUE,
      app->said == 0);
  app->said += FRAME;
}

static void
begin_on_io (gpointer data)
{
  static const RtcPeerEvents events = { on_candidate, on_state, on_track,
    on_rtp, on_channel, on_message, on_report
  };
  static const OpusSpeechSettings voice = { RATE, 32000, 5, TRUE, FALSE };
  App *app = data;
  RtcPeerSettings settings = {.offers = app->offers };
  GError *error = NULL;
  gchar *sdp;

  app->timer = gst_voice_io_timer_new (speak, app);
  app->encoder = opus_speech_encoder_new (&voice, &error);
  app->decoder = opus_speech_decoder_new (RATE, &error);
  app->peer = rtc_peer_new (app->identity, &settings, &events, app, &error);
  if (!app->peer)
    g_error ("%s", error->message);
  if (!app->offers)
    return;
  rtc_peer_add_channel (app->peer, "_reliable", TRUE);
  rtc_peer_add_channel (app->peer, "_lossy", FALSE);
  rtc_peer_set_track (app->peer, "camera", "tone");
  sdp = rtc_peer_create_offer (app->peer, FALSE, &error);
  tell_description ("offer", sdp, error);
  g_free (sdp);
}

static gchar *
decode (const gchar * text)
{
  gsize size;
  guchar *bytes = g_base64_decode (text, &size);
  gchar *sdp = g_strndup ((const gchar *) bytes, size);

  g_free (bytes);
  return sdp;
}

static void
line_on_io (gpointer data)
{
  Line *line = data;
  App *app = line->app;
  gchar *text = line->line, *sdp, *answer;
  GError *error = NULL;

  if (g_str_has_prefix (text, "candidate ")) {
    rtc_peer_add_candidate (app->peer, text + strlen ("candidate "));
  } else if (g_str_has_prefix (text, "answer ")) {
    sdp = decode (text + strlen ("answer "));
    if (!rtc_peer_set_answer (app->peer, sdp, &error))
      g_error ("answer: %s", error->message);
    g_free (sdp);
  } else if (g_str_has_prefix (text, "offer ")) {
    sdp = decode (text + strlen ("offer "));
    answer = rtc_peer_create_answer (app->peer, sdp, &error);
    tell_description ("answer", answer, error);
    g_free (answer);
    g_free (sdp);
  } else if (g_str_has_prefix (text, "send ")) {
    gchar **words = g_strsplit (text, " ", 3);

    rtc_peer_send_message (app->peer, words[1], FALSE,
        (const guint8 *) words[2], strlen (words[2]));
    g_strfreev (words);
  }
}

static void
line_free (gpointer data)
{
  Line *line = data;

  g_free (line->line);
  g_free (line);
}

static void
end_on_io (gpointer data)
{
  App *app = data;

  rtc_peer_close (app->peer);
  rtc_peer_free (app->peer);
  gst_voice_io_timer_free (app->timer);
  opus_speech_encoder_free (app->encoder);
  opus_speech_decoder_free (app->decoder);
}

int
main (int argc, char **argv)
{
  App app = {.offers = argc > 1 && strcmp (argv[1], "offer") == 0 };
  gchar *text = g_malloc (MAX_LINE);

  app.identity = dtls_identity_new (NULL);
  gst_voice_io_ref ();
  gst_voice_io_post (begin_on_io, &app, NULL);
  while (fgets (text, MAX_LINE, stdin)) {
    Line *line = g_new (Line, 1);

    line->app = &app;
    line->line = g_strdup (g_strchomp (text));
    gst_voice_io_post (line_on_io, line, line_free);
  }
  gst_voice_io_post (end_on_io, &app, NULL);
  gst_voice_io_unref ();
  dtls_identity_unref (app.identity);
  g_free (text);
  return 0;
}

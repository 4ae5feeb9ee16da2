/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Descriptions as pion and browsers write them, and as nobody should.
 */
#include <rtc-description.h>
#include <string.h>

#define FINGERPRINT "68:E3:86:DB:42:F1:A1:14:78:CD:28:3A:BA:5F:00:C9:" \
  "91:02:B4:9B:D8:F0:39:60:4D:26:9C:4A:DF:27:F1:BF"
#define HEAD "v=0\r\no=- 7986691565866107990 1795250284 IN IP4 0.0.0.0\r\n" \
  "s=-\r\nt=0 0\r\n"
#define SESSION_FINGERPRINT "a=fingerprint:sha-256 " FINGERPRINT "\r\n"
#define CREDENTIALS "a=ice-ufrag:VeYmQAAWEmzIdoUa\r\n" \
  "a=ice-pwd:MLURFPMMSXRgqWbtaSfcynQDfFOBbiAT\r\n"
#define DATA(mid) "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" \
  "c=IN IP4 0.0.0.0\r\na=setup:actpass\r\na=mid:" mid "\r\na=sendrecv\r\n" \
  "a=sctp-port:5000\r\na=max-message-size:65535\r\n" CREDENTIALS
#define OPUS "a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
#define AUDIO(mid) "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n" \
  "a=setup:actpass\r\na=mid:" mid "\r\n" CREDENTIALS OPUS

/* What a LiveKit server offers a subscriber. */
static const gchar LIVEKIT_OFFER[] = HEAD "a=msid-semantic:WMS *\r\n"
    SESSION_FINGERPRINT "a=group:BUNDLE 0 1\r\n" DATA ("0")
    "a=candidate:2878742611 1 udp 2130706431 127.0.0.1 7882 typ host "
    "ufrag VeYmQAAWEmzIdoUa\r\n"
    "a=candidate:375738803 1 tcp 1671430143 127.0.0.1 7881 typ host "
    "tcptype passive ufrag VeYmQAAWEmzIdoUa\r\na=end-of-candidates\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 0 8\r\nc=IN IP4 0.0.0.0\r\n"
    "a=setup:actpass\r\na=mid:1\r\n" CREDENTIALS
    "a=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:111 opus/48000/2\r\n"
    "a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtcp-fb:111 nack\r\n"
    "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/"
    "abs-capture-time\r\n"
    "a=ssrc:1347452084 cname:PA_fq75|TR_AMLV\r\n"
    "a=ssrc:1347452084 msid:PA_fq75|TR_AMLV TR_AMLV\r\n"
    "a=ssrc:1347452084 mslabel:PA_fq75|TR_AMLV\r\n"
    "a=msid:PA_fq75|TR_AMLV TR_AMLV\r\na=sendrecv\r\n";

/* What it answers a publisher. */
     static const
         gchar
         LIVEKIT_ANSWER[] = HEAD "a=msid-semantic:WMS *\r\n"
         SESSION_FINGERPRINT "a=group:BUNDLE 0 1\r\n"
         "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n"
         "a=setup:active\r\na=mid:0\r\n" CREDENTIALS OPUS
         "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
         "a=recvonly\r\n"
         "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
         "c=IN IP4 0.0.0.0\r\na=setup:active\r\na=mid:1\r\na=sendrecv\r\n"
         "a=sctp-port:5000\r\na=max-message-size:65535\r\n" CREDENTIALS;

/* As a browser's: everything of the media level, bundle-only, a second codec
 * of the same name, an extension with a direction, sources by msid alone. */
     static const
         gchar
         BROWSER_OFFER[] = "v=0\r\n"
         "o=- 46117317 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
         "a=group:BUNDLE audio video data\r\na=extmap-allow-mixed\r\n"
         "m=audio 54609 UDP/TLS/RTP/SAVPF 63 109 111\r\n"
         "c=IN IP4 192.0.2.1\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"
         "a=candidate:1 1 udp 2122260223 192.0.2.1 54609 typ host\r\n"
         "a=ice-ufrag:ETEn\r\na=ice-pwd:OtSK0WpNtpUjkY4+86js7ZQl\r\n"
         "a=ice-options:trickle\r\n"
         "a=fingerprint:md5 00:11\r\na=fingerprint:sha-256 " FINGERPRINT "\r\n"
         "a=setup:passive\r\na=mid:audio\r\n"
         "a=extmap:14/sendonly urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
         "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
         "a=extmap:15 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
         "a=sendrecv\r\na=msid:- b1c4\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
         "a=rtpmap:63 red/48000/2\r\na=rtpmap:109 OPUS/48000/2\r\n"
         "a=rtpmap:111 opus/48000/2\r\na=ssrc:3570614608 cname:4TOk42mSj\r\n"
         "m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\n"
         "a=bundle-only\r\na=mid:video\r\na=sendrecv\r\na=rtcp-mux\r\n"
         "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\n"
         "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"
         "c=IN IP4 0.0.0.0\r\na=bundle-only\r\na=mid:data\r\n"
         "a=sctp-port:5001\r\n";

     static const
         RtcSelf
         SELF = { 4711, 3, "IGWP", "F4mpAjT5gMag8QMqHm1pwp",
       FINGERPRINT, "cname"
     };

static RtcDescription *
parse (const gchar * sdp)
{
  GError *error = NULL;
  RtcDescription *description = rtc_description_parse (sdp, &error);

  g_assert_no_error (error);
  g_assert_nonnull (description);
  return description;
}

static const RtcSection *
section (const RtcDescription * description, guint i)
{
  g_assert_cmpuint (i, <, description->sections->len);
  return g_ptr_array_index (description->sections, i);
}

static void
livekit_offer (void)
{
  RtcDescription *d = parse (LIVEKIT_OFFER);
  const RtcSection *data = section (d, 0), *audio = section (d, 1);

  g_assert_cmpuint (d->sections->len, ==, 2);
  g_assert_false (d->lite);
  g_assert_true (d->carrier == data);
  g_assert_cmpstr (data->transport.ufrag, ==, "VeYmQAAWEmzIdoUa");
  g_assert_cmpstr (data->transport.password, ==,
      "MLURFPMMSXRgqWbtaSfcynQDfFOBbiAT");
  g_assert_cmpstr (data->transport.hash, ==, "sha-256");
  g_assert_cmpstr (data->transport.fingerprint, ==, FINGERPRINT);
  g_assert_cmpint (data->transport.setup, ==, RTC_SETUP_ACTPASS);
  g_assert_cmpuint (data->candidates->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (data->candidates, 0), ==,
      "candidate:2878742611 1 udp 2130706431 127.0.0.1 7882 typ host "
      "ufrag VeYmQAAWEmzIdoUa");
  g_assert_cmpint (data->kind, ==, RTC_CHANNELS);
  g_assert_true (data->usable);
  g_assert_cmpuint (data->sctp_port, ==, 5000);
  g_assert_cmpuint (data->max_message, ==, 65535);
  g_assert_cmpint (audio->kind, ==, RTC_AUDIO);
  g_assert_true (audio->usable && audio->sends && audio->receives);
  g_assert_cmpint (audio->opus, ==, 111);
  g_assert_cmpuint (audio->level_id, ==, 0);
  g_assert_cmpuint (audio->ssrc, ==, 1347452084);
  g_assert_cmpstr (audio->stream, ==, "PA_fq75|TR_AMLV");
  g_assert_cmpstr (audio->id, ==, "TR_AMLV");
  rtc_description_free (d);
}

static void
livekit_answer (void)
{
  RtcDescription *d = parse (LIVEKIT_ANSWER);
  const RtcSection *audio = section (d, 0);

  g_assert_true (d->carrier == audio);
  g_assert_cmpint (audio->transport.setup, ==, RTC_SETUP_ACTIVE);
  g_assert_true (audio->usable && audio->receives && !audio->sends);
  g_assert_cmpuint (audio->level_id, ==, 1);
  g_assert_true (section (d, 1)->usable);
  rtc_description_free (d);
}

static void
browser_offer (void)
{
  RtcDescription *d = parse (BROWSER_OFFER);
  const RtcSection *audio = section (d, 0);

  g_assert_cmpint (audio->transport.setup, ==, RTC_SETUP_PASSIVE);
  g_assert_cmpstr (audio->transport.hash, ==, "sha-256");
  g_assert_cmpint (audio->opus, ==, 109);
  g_assert_cmpuint (audio->level_id, ==, 14);
  g_assert_cmpuint (audio->mid_id, ==, 4);
  g_assert_cmpstr (audio->stream, ==, "-");
  g_assert_cmpstr (audio->id, ==, "b1c4");
  g_assert_cmpuint (audio->ssrc, ==, 3570614608);
  g_assert_false (section (d, 1)->usable);
  g_assert_true (section (d, 2)->usable);
  g_assert_false (section (d, 2)->rejected);
  g_assert_cmpuint (section (d, 2)->sctp_port, ==, 5001);
  g_assert_cmpuint (section (d, 2)->max_message, ==, 65536);
  rtc_description_free (d);
}

static gchar *
answer_to (const gchar * offer, gboolean active)
{
  RtcDescription *d = parse (offer);
  gchar *answer = rtc_description_write_answer (&SELF, d, active, NULL);

  rtc_description_free (d);
  return answer;
}

#define OUR_TRANSPORT(setup, mid) "c=IN IP4 0.0.0.0\r\na=ice-ufrag:IGWP\r\n" \
  "a=ice-pwd:F4mpAjT5gMag8QMqHm1pwp\r\na=ice-options:trickle\r\n" \
  "a=fingerprint:sha-256 " FINGERPRINT "\r\na=setup:" setup "\r\n" \
  "a=mid:" mid "\r\n"
#define OUR_HEAD(mids) "v=0\r\no=- 4711 3 IN IP4 127.0.0.1\r\ns=-\r\n" \
  "t=0 0\r\na=group:BUNDLE" mids "\r\na=msid-semantic: WMS *\r\n"

static void
answers (void)
{
  gchar *answer = answer_to (LIVEKIT_OFFER, TRUE);

  g_assert_cmpstr (answer, ==, OUR_HEAD (" 0 1")
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
      OUR_TRANSPORT ("active", "0")
      "a=sctp-port:5000\r\na=max-message-size:262144\r\n"
      "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" OUR_TRANSPORT ("active", "1")
      "a=recvonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
      "a=fmtp:111 minptime=10;useinbandfec=1\r\n");
  g_free (answer);
  answer = answer_to (BROWSER_OFFER, FALSE);
  g_assert_cmpstr (answer, ==, OUR_HEAD (" audio data")
      "m=audio 9 UDP/TLS/RTP/SAVPF 109\r\n" OUR_TRANSPORT ("passive", "audio")
      "a=recvonly\r\na=rtcp-mux\r\na=rtpmap:109 opus/48000/2\r\n"
      "a=fmtp:109 minptime=10;useinbandfec=1\r\n"
      "a=extmap:14 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
      "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
      "m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\n"
      "a=mid:video\r\na=inactive\r\n"
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
      OUR_TRANSPORT ("passive", "data")
      "a=sctp-port:5000\r\na=max-message-size:262144\r\n");
  g_free (answer);
}

/* Our track is in the one section in which the other side listens. */
static void
answers_with_a_track (void)
{
  static const struct
  {
    const gchar *direction, *ours;
    gboolean track;
  } rows[] = {
    {"sendrecv", "a=sendrecv\r\n", TRUE},
    {"recvonly", "a=sendonly\r\n", TRUE},
    {"sendonly", "a=recvonly\r\n", FALSE},
    {"inactive", "a=inactive\r\n", FALSE},
  };
  RtcOffered track = { RTC_AUDIO, "call", "voice", 4711 };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *offer = g_strconcat (HEAD SESSION_FINGERPRINT
        "a=group:BUNDLE 0\r\n" AUDIO ("0") "a=", rows[i].direction, "\r\n",
        NULL);
    RtcDescription *d = parse (offer);
    gchar *answer = rtc_description_write_answer (&SELF, d, FALSE, &track);

    g_assert_nonnull (strstr (answer, rows[i].ours));
    g_assert_cmpint (strstr (answer, "a=msid:call voice\r\n"
            "a=ssrc:4711 cname:") != NULL, ==, rows[i].track);
    g_assert_cmpint (rtc_description_find_listener (d) != NULL, ==,
        rows[i].track);
    rtc_description_free (d);
    g_free (answer);
    g_free (offer);
  }
}

/* In the section that carries all, behind what stands there. */
static void
candidates (void)
{
  static const gchar *const ours[] = { "candidate:1 …", "candidate:2 …" };
  static const gchar *const rows[][2] = {
    {"v=0\r\nm=audio 9 x 1\r\na=mid:0\r\n", "v=0\r\nm=audio 9 x 1\r\n"
          "a=mid:0\r\na=candidate:1 …\r\na=candidate:2 …\r\n"
          "a=end-of-candidates\r\n"},
    {"v=0\r\nm=video 0 x 1\r\na=b\r\nm=audio 9 x 1\r\na=c\r\n"
          "m=audio 9 x 1\r\n",
        "v=0\r\nm=video 0 x 1\r\na=b\r\nm=audio 9 x 1\r\na=c\r\n"
          "a=candidate:1 …\r\na=candidate:2 …\r\na=end-of-candidates\r\n"
          "m=audio 9 x 1\r\n"},
    {"v=0\r\nm=video 0 x 1\r\n", "v=0\r\nm=video 0 x 1\r\n"},
    {"v=0\r\n", "v=0\r\n"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *sdp = rtc_description_add_candidates (rows[i][0], ours, 2);

    g_assert_cmpstr (sdp, ==, rows[i][1]);
    g_free (sdp);
  }
}

/* The section that is written for the last one of an offer: its m-line. */
static gchar *
last_line_of_answer (const gchar * sections)
{
  gchar *offer = g_strconcat (HEAD SESSION_FINGERPRINT
      "a=group:BUNDLE 0 1\r\n" DATA ("0"), sections, NULL);
  gchar *answer = answer_to (offer, TRUE), *line = g_strrstr (answer, "m=");

  line = g_strndup (line, strcspn (line, "\r"));
  g_free (answer);
  g_free (offer);
  return line;
}

/* What is not for us keeps its place, with port 0. */
static void
rejected (void)
{
  static const gchar *const rows[][2] = {
    {AUDIO ("1"), "m=audio 9 UDP/TLS/RTP/SAVPF 111"},
    {"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\na=rtcp-mux\r\n",
        "m=audio 0 UDP/TLS/RTP/SAVPF 0"},
    {"m=audio 0 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\n" OPUS,
        "m=audio 0 UDP/TLS/RTP/SAVPF 111"},
    {"m=audio 9 RTP/AVP 111\r\na=mid:1\r\n" OPUS, "m=audio 0 RTP/AVP 111"},
    {"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\n"
          "a=rtpmap:111 opus/48000/2\r\n", "m=audio 0 UDP/TLS/RTP/SAVPF 111"},
    {"m=audio 9 UDP/TLS/RTP/SAVPF 9\r\na=mid:1\r\n" OPUS,
        "m=audio 0 UDP/TLS/RTP/SAVPF 9"},
    {"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:2\r\n" OPUS,
        "m=audio 0 UDP/TLS/RTP/SAVPF 111"},
    {"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" OPUS,
        "m=audio 0 UDP/TLS/RTP/SAVPF 111"},
    {DATA ("1"), "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"},
    {"m=application 9 DTLS/SCTP 5000\r\na=mid:1\r\na=sctpmap:5000 x 1\r\n",
        "m=application 0 DTLS/SCTP 5000"},
    {"m=text 9/2 RTP/AVP 98\r\n", "m=text 0 RTP/AVP 98"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *line = last_line_of_answer (rows[i][0]);

    g_assert_cmpstr (line, ==, rows[i][1]);
    g_free (line);
  }
}

/* A section goes to rest and comes back with another source. */
static void
reused (void)
{
  static const gchar resting[] = HEAD SESSION_FINGERPRINT
      "a=group:BUNDLE 0\r\n" AUDIO ("0") "a=inactive\r\n";
  static const gchar back[] = HEAD SESSION_FINGERPRINT
      "a=group:BUNDLE 0\r\n" AUDIO ("0") "a=sendrecv\r\na=ssrc:7 cname:x\r\n"
      "a=ssrc:7 msid:stream id\r\na=ssrc:8 msid:other other\r\n";
  gchar *answer = answer_to (resting, TRUE);
  RtcDescription *d;

  g_assert_nonnull (strstr (answer, "m=audio 9 "));
  g_assert_nonnull (strstr (answer, "a=inactive\r\n"));
  g_free (answer);
  d = parse (back);
  g_assert_true (section (d, 0)->sends);
  g_assert_cmpuint (section (d, 0)->ssrc, ==, 7);
  g_assert_cmpstr (section (d, 0)->stream, ==, "stream");
  g_assert_cmpstr (section (d, 0)->id, ==, "id");
  rtc_description_free (d);
  answer = answer_to (back, TRUE);
  g_assert_nonnull (strstr (answer, "a=recvonly\r\n"));
  g_free (answer);
}

static void
offers (void)
{
  const RtcOffered sections[] = {
    {RTC_AUDIO, "camera", "cidmic", 1948733509},
    {RTC_CHANNELS},
    {RTC_AUDIO},
  };
  gchar *offer = rtc_description_write_offer (&SELF, sections, 3);
  RtcDescription *d;

  g_assert_true (g_str_has_prefix (offer, OUR_HEAD (" 0 1 2")
          "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
          OUR_TRANSPORT ("actpass", "0") "a=sendonly\r\n"));
  d = parse (offer);
  g_free (offer);
  g_assert_cmpuint (d->sections->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_true (section (d, i)->usable);
  g_assert_cmpuint (section (d, 0)->ssrc, ==, 1948733509);
  g_assert_cmpstr (section (d, 0)->stream, ==, "camera");
  g_assert_cmpstr (section (d, 0)->id, ==, "cidmic");
  g_assert_cmpuint (section (d, 0)->level_id, ==, 1);
  g_assert_false (section (d, 0)->receives);
  g_assert_cmpuint (section (d, 1)->max_message, ==, 262144);
  g_assert_false (section (d, 2)->sends || section (d, 2)->receives);
  g_assert_cmpuint (section (d, 2)->ssrc, ==, 0);
  rtc_description_free (d);
}

/* What the session says holds for sections that say nothing. */
static void
session_level (void)
{
  RtcDescription *d = parse (HEAD SESSION_FINGERPRINT "a=ice-lite\r\n"
      "a=setup:active\r\na=ice-ufrag:sess\r\na=ice-pwd:sessionsession\r\n"
      "m=audio 9 UDP/TLS/RTP/SAVPF 111\n" OPUS);

  g_assert_true (d->lite);
  g_assert_nonnull (d->carrier);
  g_assert_cmpstr (d->carrier->transport.ufrag, ==, "sess");
  g_assert_cmpint (d->carrier->transport.setup, ==, RTC_SETUP_ACTIVE);
  g_assert_true (d->carrier->usable);
  rtc_description_free (d);
}

/* The transport is that of a section that we use. */
static void
carrier_in_use (void)
{
  RtcDescription *d = parse (HEAD SESSION_FINGERPRINT
      "a=group:BUNDLE v 1\r\n"
      "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v\r\na=ice-ufrag:video\r\n"
      "a=ice-pwd:videovideovideo\r\n" AUDIO ("1"));

  g_assert_true (d->carrier == section (d, 1));
  g_assert_false (section (d, 0)->usable);
  rtc_description_free (d);
}

/* Without one of these nobody can be reached. */
static void
no_carrier (void)
{
  static const gchar *const rows[] = {
    "", "a=ice-ufrag:u\r\na=ice-pwd:p\r\n",
    SESSION_FINGERPRINT "a=ice-ufrag:u\r\n",
    SESSION_FINGERPRINT "a=ice-pwd:p\r\n",
    SESSION_FINGERPRINT CREDENTIALS "a=group:BUNDLE 5\r\n",
    CREDENTIALS "a=fingerprint:sha-1 00:11\r\n",
    CREDENTIALS "a=fingerprint:sha-256\r\n",
    CREDENTIALS "a=fingerprint:\r\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *sdp = g_strconcat (HEAD, rows[i],
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n" OPUS, NULL);
    RtcDescription *d = parse (sdp);

    g_assert_null (d->carrier);
    g_assert_false (section (d, 0)->usable);
    rtc_description_free (d);
    g_free (sdp);
  }
}

static void
assert_refused (const gchar * sdp)
{
  GError *error = NULL;

  g_assert_null (rtc_description_parse (sdp, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
}

static gchar *
repeated (const gchar * begin, const gchar * part, guint n)
{
  GString *out = g_string_new (begin);

  for (guint i = 0; i < n; i++)
    g_string_append (out, part);
  return g_string_free (out, FALSE);
}

static void
hostile (void)
{
  static const gchar *const rows[] = {
    "", "v=1", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "v=0\n\xff",
    HEAD "m=", HEAD "m=audio", HEAD "m=audio 9", HEAD "m=audio 9 RTP/SAVPF",
    HEAD "m=audio 9 RTP/SAVPF ", HEAD "m=audio 65536 RTP/SAVPF 111",
    HEAD "m=audio -1 RTP/SAVPF 111", HEAD "m=audio x RTP/SAVPF 111",
    HEAD "m=aud\tio 9 RTP/SAVPF 111", HEAD "m=audio 9 RTP/SAVPF 1\t1",
    HEAD AUDIO ("0") AUDIO ("0"),
  };
  gchar *long_one = repeated (HEAD, "a=x\r\n", RTC_MAX_DESCRIPTION / 5);
  gchar *many = repeated (HEAD, "m=video 9 RTP/SAVPF 96\r\n",
      RTC_MAX_SECTIONS + 1);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_refused (rows[i]);
  assert_refused (long_one);
  assert_refused (many);
  g_free (long_one);
  g_free (many);
}

/* What makes no sense is as if it were not there. */
static void
nonsense (void)
{
  gchar *candidates = repeated (HEAD SESSION_FINGERPRINT AUDIO ("0"),
      "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n", 1000);
  RtcDescription *d = parse (HEAD SESSION_FINGERPRINT AUDIO ("0")
      "a=rtpmap:128 opus/48000/2\r\na=rtpmap:\r\na=rtpmap\r\na=ssrc:x y\r\n"
      "a=ssrc:99999999999 cname:x\r\na=extmap:0 urn:x\r\na=extmap:\r\n"
      "a=extmap:300 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
      "a=sctp-port:70000\r\na=max-message-size:-1\r\na=msid:\r\na=mid:\r\n"
      "a=mid:again\r\na=candidate:\r\na=candidate:\x01\r\na=\r\na\r\n=\r\n");
  const RtcSection *s = section (d, 0);

  g_assert_cmpstr (s->mid, ==, "0");
  g_assert_cmpint (s->opus, ==, 111);
  g_assert_cmpuint (s->ssrc, ==, 0);
  g_assert_cmpuint (s->level_id, ==, 0);
  g_assert_cmpuint (s->sctp_port, ==, 0);
  g_assert_cmpstr (s->stream, ==, "");
  g_assert_cmpuint (s->candidates->len, ==, 0);
  rtc_description_free (d);
  d = parse (candidates);
  g_assert_cmpuint (section (d, 0)->candidates->len, ==, 64);
  rtc_description_free (d);
  g_free (candidates);
}

static void
tokens (void)
{
  g_assert_true (rtc_description_is_token ("TR_1|a+b"));
  g_assert_false (rtc_description_is_token (""));
  g_assert_false (rtc_description_is_token ("a b"));
  g_assert_false (rtc_description_is_token ("a\r\na=b"));
  g_assert_false (rtc_description_is_token ("\xc3\xa9"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc-description/livekit-offer", livekit_offer);
  g_test_add_func ("/rtc-description/livekit-answer", livekit_answer);
  g_test_add_func ("/rtc-description/browser-offer", browser_offer);
  g_test_add_func ("/rtc-description/answers", answers);
  g_test_add_func ("/rtc-description/answers-with-a-track",
      answers_with_a_track);
  g_test_add_func ("/rtc-description/candidates", candidates);
  g_test_add_func ("/rtc-description/rejected", rejected);
  g_test_add_func ("/rtc-description/reused", reused);
  g_test_add_func ("/rtc-description/offers", offers);
  g_test_add_func ("/rtc-description/session-level", session_level);
  g_test_add_func ("/rtc-description/carrier-in-use", carrier_in_use);
  g_test_add_func ("/rtc-description/no-carrier", no_carrier);
  g_test_add_func ("/rtc-description/hostile", hostile);
  g_test_add_func ("/rtc-description/nonsense", nonsense);
  g_test_add_func ("/rtc-description/tokens", tokens);
  return g_test_run ();
}

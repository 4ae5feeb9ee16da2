/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Session descriptions (RFC 8866) as WebRTC uses them (RFC 8829): what the
 * other side says, read into plain structs, and ours, written. Only speech by
 * Opus and data channels are for us; whatever else is offered is rejected in
 * its place. All sections must share one transport (BUNDLE, RFC 9143).
 *
 * Threads: any; there is no state. Locks: none.
 */
#include "rtc-description.h"

#include "sctp-session.h"

#include <string.h>

#define MAX_CANDIDATES 64       /* of a section */
#define MAX_FORMATS 1024        /* bytes of an m-line's end */
#define MAX_ONE_BYTE_ID 14      /* RFC 8285 */
#define DEFAULT_MAX_MESSAGE 65536       /* RFC 8841, section 6.1 */
#define SCTP_PORT 5000
#define OPUS_PAYLOAD_TYPE 111
#define LEVEL_ID 1
#define LEVEL_URI "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
#define MID_URI "urn:ietf:params:rtp-hdrext:sdes:mid"
#define OPUS_PARAMETERS "minptime=10;useinbandfec=1"

typedef struct
{
  RtcDescription *description;
  RtcTransport transport;       /* the session's */
  gchar **bundle;               /* mids */
  RtcSection *section;          /* NULL before the first m-line */
  gboolean bundle_only, receives_opus[128];     /* of `section` */
} Parser;

static void
transport_clear (RtcTransport * transport)
{
  g_free (transport->ufrag);
  g_free (transport->password);
  g_free (transport->hash);
  g_free (transport->fingerprint);
}

static void
section_free (gpointer data)
{
  RtcSection *section = data;

  transport_clear (&section->transport);
  g_ptr_array_unref (section->candidates);
  g_free (section->media);
  g_free (section->protocol);
  g_free (section->formats);
  g_free (section->mid);
  g_free (section->stream);
  g_free (section->id);
  g_free (section);
}

static gboolean
is_plain (const gchar * text, gchar first, gsize max)
{
  gsize n = 0;

  for (; text[n]; n++)
    if (text[n] < first || text[n] > '~' || n >= max)
      return FALSE;
  return n > 0;
}

/**
 * rtc_description_is_token:
 * @text: a name
 *
 * Returns: whether it may be a name in a description
 */
gboolean
rtc_description_is_token (const gchar * text)
{
  return is_plain (text, '!', RTC_MAX_TOKEN);
}

/* Cuts the next word off. */
static gchar *
take_word (gchar ** rest)
{
  gchar *word = *rest + strspn (*rest, " ");
  gsize n = strcspn (word, " ");

  *rest = word + n;
  if (**rest)
    *(*rest)++ = '\0';
  return word;
}

static guint
take_number (gchar ** rest, guint max, guint otherwise)
{
  guint64 number;

  return g_ascii_string_to_unsigned (take_word (rest), 10, 0, max, &number,
      NULL) ? number : otherwise;
}

static void
set_once (gchar ** to, const gchar * text)
{
  if (!*to && rtc_description_is_token (text))
    *to = g_strdup (text);
}

static RtcTransport *
current_transport (Parser * p)
{
  return p->section ? &p->section->transport : &p->transport;
}

static void
on_ufrag (Parser * p, gchar * value)
{
  set_once (&current_transport (p)->ufrag, value);
}

static void
on_password (Parser * p, gchar * value)
{
  set_once (&current_transport (p)->password, value);
}

static void
on_fingerprint (Parser * p, gchar * value)
{
  RtcTransport *transport = current_transport (p);
  gchar *hash = take_word (&value);

  if (g_ascii_strcasecmp (hash, "sha-256") != 0
      && g_ascii_strcasecmp (hash, "sha-384") != 0
      && g_ascii_strcasecmp (hash, "sha-512") != 0)
    return;
  if (!transport->hash)
    set_once (&transport->fingerprint, take_word (&value));
  if (transport->fingerprint)
    set_once (&transport->hash, hash);
}

static void
on_setup (Parser * p, gchar * value)
{
  RtcTransport *transport = current_transport (p);

  transport->has_setup = TRUE;
  transport->setup = g_str_equal (value, "active") ? RTC_SETUP_ACTIVE :
      g_str_equal (value, "passive") ? RTC_SETUP_PASSIVE : RTC_SETUP_ACTPASS;
}

static void
on_lite (Parser * p, gchar * value)
{
  p->description->lite = TRUE;
}

static void
on_group (Parser * p, gchar * value)
{
  if (!p->bundle && g_str_equal (take_word (&value), "BUNDLE"))
    p->bundle = g_strsplit (value, " ", RTC_MAX_SECTIONS);
}

static void
on_mid (Parser * p, gchar * value)
{
  set_once (&p->section->mid, value);
}

static void
set_direction (Parser * p, gboolean sends, gboolean receives)
{
  p->section->sends = sends;
  p->section->receives = receives;
}

static void
on_sendrecv (Parser * p, gchar * value)
{
  set_direction (p, TRUE, TRUE);
}

static void
on_sendonly (Parser * p, gchar * value)
{
  set_direction (p, TRUE, FALSE);
}

static void
on_recvonly (Parser * p, gchar * value)
{
  set_direction (p, FALSE, TRUE);
}

static void
on_inactive (Parser * p, gchar * value)
{
  set_direction (p, FALSE, FALSE);
}

static void
on_bundle_only (Parser * p, gchar * value)
{
  p->bundle_only = TRUE;
}

static void
on_rtcp_mux (Parser * p, gchar * value)
{
  p->section->rtcp_mux = TRUE;
}

static void
on_rtpmap (Parser * p, gchar * value)
{
  guint type = take_number (&value, 127, 128);
  const gchar *codec = take_word (&value);

  if (type < 128 && (g_ascii_strcasecmp (codec, "opus/48000/2") == 0
          || g_ascii_strcasecmp (codec, "opus/48000") == 0))
    p->receives_opus[type] = TRUE;
}

/* `1[/direction] uri`; two-byte ids are not asked for and not taken. */
static void
on_extmap (Parser * p, gchar * value)
{
  gchar *number = take_word (&value), *uri = take_word (&value);
  guint64 id;

  number[strcspn (number, "/")] = '\0';
  if (!g_ascii_string_to_unsigned (number, 10, 1, MAX_ONE_BYTE_ID, &id, NULL))
    return;
  if (g_str_equal (uri, LEVEL_URI))
    p->section->level_id = id;
  else if (g_str_equal (uri, MID_URI))
    p->section->mid_id = id;
}

static void
on_msid (Parser * p, gchar * value)
{
  const gchar *stream = take_word (&value);

  if (p->section->stream)
    return;
  set_once (&p->section->stream, stream);
  set_once (&p->section->id, take_word (&value));
}

static void
on_ssrc (Parser * p, gchar * value)
{
  guint32 ssrc = take_number (&value, G_MAXUINT32, 0);

  if (p->section->ssrc == 0)
    p->section->ssrc = ssrc;
  if (ssrc == p->section->ssrc && g_str_has_prefix (value, "msid:"))
    on_msid (p, value + strlen ("msid:"));
}

static void
on_sctp_port (Parser * p, gchar * value)
{
  p->section->sctp_port = take_number (&value, G_MAXUINT16, 0);
}

static void
on_max_message (Parser * p, gchar * value)
{
  p->section->max_message = take_number (&value, G_MAXUINT32,
      DEFAULT_MAX_MESSAGE);
}

static void
on_candidate (Parser * p, gchar * value)
{
  GPtrArray *candidates = p->section->candidates;

  if (candidates->len < MAX_CANDIDATES && is_plain (value, ' ', MAX_FORMATS))
    g_ptr_array_add (candidates, g_strconcat ("candidate:", value, NULL));
}

static const struct
{
  const gchar *name;
  void (*take) (Parser * p, gchar * value);
  gboolean of_session, of_section;
} attributes[] = {
  {"ice-ufrag", on_ufrag, TRUE, TRUE},
  {"ice-pwd", on_password, TRUE, TRUE},
  {"fingerprint", on_fingerprint, TRUE, TRUE},
  {"setup", on_setup, TRUE, TRUE},
  {"ice-lite", on_lite, TRUE, FALSE},
  {"group", on_group, TRUE, FALSE},
  {"mid", on_mid, FALSE, TRUE},
  {"sendrecv", on_sendrecv, FALSE, TRUE},
  {"sendonly", on_sendonly, FALSE, TRUE},
  {"recvonly", on_recvonly, FALSE, TRUE},
  {"inactive", on_inactive, FALSE, TRUE},
  {"bundle-only", on_bundle_only, FALSE, TRUE},
  {"rtcp-mux", on_rtcp_mux, FALSE, TRUE},
  {"rtpmap", on_rtpmap, FALSE, TRUE},
  {"extmap", on_extmap, FALSE, TRUE},
  {"msid", on_msid, FALSE, TRUE},
  {"ssrc", on_ssrc, FALSE, TRUE},
  {"sctp-port", on_sctp_port, FALSE, TRUE},
  {"max-message-size", on_max_message, FALSE, TRUE},
  {"candidate", on_candidate, FALSE, TRUE},
};

static void
parse_attribute (Parser * p, gchar * name)
{
  gchar *value = name + strcspn (name, ":");

  if (*value)
    *value++ = '\0';
  for (guint i = 0; i < G_N_ELEMENTS (attributes); i++) {
    if (!g_str_equal (name, attributes[i].name))
      continue;
    if (p->section ? attributes[i].of_section : attributes[i].of_session)
      attributes[i].take (p, value);
    return;
  }
}

/* The first payload type, by the other side's wish, that is Opus. */
static gint
preferred_opus (const RtcSection * section, const gboolean * is_opus)
{
  gchar *formats = g_strdup (section->formats), *rest = formats;
  gint found = -1;

  while (found < 0 && *rest) {
    guint type = take_number (&rest, 127, 128);

    if (type < 128 && is_opus[type])
      found = type;
  }
  g_free (formats);
  return found;
}

static void
end_section (Parser * p)
{
  RtcSection *section = p->section;

  if (!section)
    return;
  section->rejected = section->rejected && !p->bundle_only;
  section->opus = preferred_opus (section, p->receives_opus);
  if (!section->mid)
    section->mid = g_strdup ("");
  if (!section->stream)
    section->stream = g_strdup ("");
  if (!section->id)
    section->id = g_strdup ("");
  p->section = NULL;
}

static RtcKind
kind_of (const RtcSection * section)
{
  if (g_str_equal (section->media, "audio")
      && strstr (section->protocol, "RTP/SAVP"))
    return RTC_AUDIO;
  if (g_str_equal (section->media, "application")
      && g_str_has_suffix (section->protocol, "DTLS/SCTP")
      && g_str_equal (section->formats, "webrtc-datachannel"))
    return RTC_CHANNELS;
  return RTC_OTHER;
}

static gboolean
begin_section (Parser * p, gchar * line, GError ** error)
{
  GPtrArray *sections = p->description->sections;
  const gchar *media = take_word (&line);
  gchar *port = take_word (&line);
  const gchar *protocol = take_word (&line);
  guint64 n;

  port[strcspn (port, "/")] = '\0';
  if (sections->len >= RTC_MAX_SECTIONS || !rtc_description_is_token (media)
      || !rtc_description_is_token (protocol)
      || !is_plain (line, ' ', MAX_FORMATS)
      || !g_ascii_string_to_unsigned (port, 10, 0, G_MAXUINT16, &n, NULL)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        "Section %u of the description is none, or too much", sections->len);
    return FALSE;
  }
  p->section = g_new0 (RtcSection, 1);
  g_ptr_array_add (sections, p->section);
  p->section->candidates = g_ptr_array_new_with_free_func (g_free);
  p->section->media = g_strdup (media);
  p->section->protocol = g_strdup (protocol);
  p->section->formats = g_strdup (line);
  p->section->kind = kind_of (p->section);
  p->section->rejected = n == 0;
  p->section->max_message = DEFAULT_MAX_MESSAGE;
  set_direction (p, TRUE, TRUE);
  p->bundle_only = FALSE;
  memset (p->receives_opus, 0, sizeof p->receives_opus);
  return TRUE;
}

static void
inherit (RtcTransport * transport, const RtcTransport * session)
{
  if (!transport->ufrag && !transport->password) {
    transport->ufrag = g_strdup (session->ufrag);
    transport->password = g_strdup (session->password);
  }
  if (!transport->hash) {
    transport->hash = g_strdup (session->hash);
    transport->fingerprint = g_strdup (session->fingerprint);
  }
  if (!transport->has_setup)
    transport->setup = session->setup;
}

static gboolean
is_bundled (const Parser * p, const RtcSection * section)
{
  return section->mid[0] && p->bundle
      && g_strv_contains ((const gchar * const *) p->bundle, section->mid);
}

static gboolean
can_carry (const RtcSection * section)
{
  const RtcTransport *t = &section->transport;

  return !section->rejected && t->ufrag && t->password && t->hash
      && t->fingerprint;
}

/* Two of the same name could not be told apart. */
static gboolean
has_twins (const GPtrArray * sections)
{
  GHashTable *mids = g_hash_table_new (g_str_hash, g_str_equal);
  gboolean twins = FALSE;

  for (guint i = 0; i < sections->len && !twins; i++) {
    RtcSection *section = g_ptr_array_index (sections, i);

    twins = section->mid[0] && !g_hash_table_add (mids, section->mid);
  }
  g_hash_table_unref (mids);
  return twins;
}

static gboolean
is_for_us (const RtcSection * s)
{
  if (s->rejected)
    return FALSE;
  return s->kind == RTC_AUDIO ? s->opus >= 0 && s->rtcp_mux :
      s->kind == RTC_CHANNELS && s->sctp_port > 0;
}

/* One that we take part in, since each may have credentials of its own until
 * it is known who is in the group (RFC 9143, section 7.3). */
static const RtcSection *
find_carrier (const Parser * p)
{
  const RtcSection *any = NULL;

  for (guint i = 0; i < p->description->sections->len; i++) {
    const RtcSection *s = g_ptr_array_index (p->description->sections, i);

    if (!can_carry (s) || (p->bundle && !is_bundled (p, s)))
      continue;
    if (is_for_us (s))
      return s;
    if (!any)
      any = s;
  }
  return any;
}

/* Who carries all of them, and which we can use. */
static void
judge_sections (Parser * p)
{
  GPtrArray *sections = p->description->sections;
  gboolean channels = FALSE;

  for (guint i = 0; i < sections->len; i++)
    inherit (&((RtcSection *) g_ptr_array_index (sections, i))->transport,
        &p->transport);
  p->description->carrier = find_carrier (p);
  for (guint i = 0; i < sections->len && p->description->carrier; i++) {
    RtcSection *s = g_ptr_array_index (sections, i);

    s->usable = is_for_us (s) && (s == p->description->carrier
        || is_bundled (p, s)) && !(s->kind == RTC_CHANNELS && channels);
    channels |= s->usable && s->kind == RTC_CHANNELS;
  }
}

static gboolean
parse_lines (Parser * p, gchar * text, GError ** error)
{
  while (*text) {
    gchar *line = text;

    text += strcspn (text, "\n");
    if (*text)
      *text++ = '\0';
    g_strchomp (line);
    if (g_str_has_prefix (line, "a="))
      parse_attribute (p, line + 2);
    if (!g_str_has_prefix (line, "m="))
      continue;
    end_section (p);
    if (!begin_section (p, line + 2, error))
      return FALSE;
  }
  end_section (p);
  return TRUE;
}

/**
 * rtc_description_parse:
 * @sdp: an offer or an answer of the other side
 * @error: what is wrong with it
 *
 * Returns: (transfer full) (nullable): what it says
 */
RtcDescription *
rtc_description_parse (const gchar * sdp, GError ** error)
{
  Parser p = { 0 };
  gsize size = strnlen (sdp, RTC_MAX_DESCRIPTION + 1);
  gchar *text;
  gboolean good;

  if (size > RTC_MAX_DESCRIPTION || !g_utf8_validate (sdp, size, NULL)
      || !g_str_has_prefix (sdp, "v=0")) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        "This is no session description");
    return NULL;
  }
  p.description = g_new0 (RtcDescription, 1);
  p.description->sections = g_ptr_array_new_with_free_func (section_free);
  text = g_strdup (sdp);
  good = parse_lines (&p, text, error);
  g_free (text);
  if (good && has_twins (p.description->sections)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        "Two sections of the description have the same mid");
    good = FALSE;
  }
  if (good)
    judge_sections (&p);
  else
    g_clear_pointer (&p.description, rtc_description_free);
  transport_clear (&p.transport);
  g_strfreev (p.bundle);
  return p.description;
}

/**
 * rtc_description_free:
 * @self: (transfer full) (nullable): a description
 */
void
rtc_description_free (RtcDescription * self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->sections);
  g_free (self);
}

static GString *
begin (const RtcSelf * self, const gchar * mids)
{
  GString *out = g_string_new ("v=0\r\n");

  g_string_append_printf (out, "o=- %" G_GUINT64_FORMAT " %u IN IP4 127.0.0.1"
      "\r\ns=-\r\nt=0 0\r\n", self->session, self->version);
  if (*mids)
    g_string_append_printf (out, "a=group:BUNDLE%s\r\n", mids);
  g_string_append (out, "a=msid-semantic: WMS *\r\n");
  return out;
}

static void
write_transport (GString * out, const RtcSelf * self, const gchar * setup,
    const gchar * mid)
{
  g_string_append_printf (out, "c=IN IP4 0.0.0.0\r\na=ice-ufrag:%s\r\n"
      "a=ice-pwd:%s\r\na=ice-options:trickle\r\na=fingerprint:sha-256 %s\r\n"
      "a=setup:%s\r\n", self->ufrag, self->password, self->fingerprint, setup);
  if (*mid)
    g_string_append_printf (out, "a=mid:%s\r\n", mid);
}

static void
write_opus (GString * out, gint type)
{
  g_string_append_printf (out, "a=rtcp-mux\r\na=rtpmap:%d opus/48000/2\r\n"
      "a=fmtp:%d " OPUS_PARAMETERS "\r\n", type, type);
}

static void
write_extension (GString * out, guint id, const gchar * uri)
{
  if (id > 0)
    g_string_append_printf (out, "a=extmap:%u %s\r\n", id, uri);
}

static void
write_sctp (GString * out)
{
  g_string_append_printf (out, "a=sctp-port:%d\r\na=max-message-size:%d\r\n",
      SCTP_PORT, SCTP_MAX_MESSAGE);
}

static const gchar *
direction (gboolean sends, gboolean receives)
{
  if (sends)
    return receives ? "sendrecv" : "sendonly";
  return receives ? "recvonly" : "inactive";
}

static void
write_track (GString * out, const RtcSelf * self, const RtcOffered * track)
{
  g_string_append_printf (out, "a=msid:%s %s\r\na=ssrc:%u cname:%s\r\n"
      "a=ssrc:%u msid:%s %s\r\n", track->stream, track->id, track->ssrc,
      self->cname, track->ssrc, track->stream, track->id);
}

static void
offer_audio (GString * out, const RtcSelf * self, const RtcOffered * audio,
    const gchar * mid)
{
  g_string_append_printf (out, "m=audio 9 UDP/TLS/RTP/SAVPF %d\r\n",
      OPUS_PAYLOAD_TYPE);
  write_transport (out, self, "actpass", mid);
  g_string_append_printf (out, "a=%s\r\n", direction (audio->id != NULL,
          audio->receives));
  write_opus (out, OPUS_PAYLOAD_TYPE);
  g_string_append (out, "a=rtcp-rsize\r\n");
  write_extension (out, LEVEL_ID, LEVEL_URI);
  if (audio->id)
    write_track (out, self, audio);
}

static void
offer_channels (GString * out, const RtcSelf * self, const gchar * mid)
{
  g_string_append (out, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n");
  write_transport (out, self, "actpass", mid);
  write_sctp (out);
}

/**
 * rtc_description_write_offer:
 * @self: who we are
 * @sections: (array length=n): what we offer; once offered a section keeps its
 *   place for ever
 * @n: how many
 *
 * Returns: (transfer full): the offer
 */
gchar *
rtc_description_write_offer (const RtcSelf * self, const RtcOffered * sections,
    guint n)
{
  GString *mids = g_string_new (NULL), *out;

  for (guint i = 0; i < n; i++)
    g_string_append_printf (mids, " %u", i);
  out = begin (self, mids->str);
  for (guint i = 0; i < n; i++) {
    gchar *mid = g_strdup_printf ("%u", i);

    if (sections[i].kind == RTC_AUDIO)
      offer_audio (out, self, &sections[i], mid);
    else
      offer_channels (out, self, mid);
    g_free (mid);
  }
  g_string_free (mids, TRUE);
  return g_string_free (out, FALSE);
}

/* RFC 8829, section 5.3.1: a rejected section keeps its place and its name,
 * but is in no group. */
static void
reject (GString * out, const RtcSection * s)
{
  g_string_append_printf (out, "m=%s 0 %s %s\r\nc=IN IP4 0.0.0.0\r\n",
      s->media, s->protocol, s->formats);
  if (*s->mid)
    g_string_append_printf (out, "a=mid:%s\r\n", s->mid);
  if (strstr (s->protocol, "RTP/"))
    g_string_append (out, "a=inactive\r\n");
}

static void
answer_section (GString * out, const RtcSelf * self, const RtcSection * s,
    const gchar * setup, const RtcOffered * track)
{
  if (!s->usable) {
    reject (out, s);
  } else if (s->kind == RTC_CHANNELS) {
    g_string_append_printf (out, "m=application 9 %s %s\r\n", s->protocol,
        s->formats);
    write_transport (out, self, setup, s->mid);
    write_sctp (out);
  } else {
    g_string_append_printf (out, "m=audio 9 %s %d\r\n", s->protocol, s->opus);
    write_transport (out, self, setup, s->mid);
    g_string_append_printf (out, "a=%s\r\n", direction (track != NULL,
            s->sends));
    write_opus (out, s->opus);
    write_extension (out, s->level_id, LEVEL_URI);
    write_extension (out, s->mid_id, MID_URI);
    if (track)
      write_track (out, self, track);
  }
}

/**
 * rtc_description_find_listener:
 * @self: of the other side
 *
 * Returns: (transfer none) (nullable): the section in which it can hear a
 *   track of ours
 */
const RtcSection *
rtc_description_find_listener (const RtcDescription * self)
{
  for (guint i = 0; i < self->sections->len; i++) {
    const RtcSection *section = g_ptr_array_index (self->sections, i);

    if (section->usable && section->kind == RTC_AUDIO && section->receives)
      return section;
  }
  return NULL;
}

/**
 * rtc_description_write_answer:
 * @self: who we are
 * @offer: the other side's
 * @active: whether we begin DTLS
 * @track: (nullable): ours, for rtc_description_find_listener(); else we only
 *   receive
 *
 * Returns: (transfer full): the answer
 */
gchar *
rtc_description_write_answer (const RtcSelf * self,
    const RtcDescription * offer, gboolean active, const RtcOffered * track)
{
  const RtcSection *listener = rtc_description_find_listener (offer);
  GString *mids = g_string_new (NULL), *out;

  for (guint i = 0; i < offer->sections->len; i++) {
    const RtcSection *section = g_ptr_array_index (offer->sections, i);

    if (section->usable && *section->mid)
      g_string_append_printf (mids, " %s", section->mid);
  }
  out = begin (self, mids->str);
  for (guint i = 0; i < offer->sections->len; i++) {
    const RtcSection *section = g_ptr_array_index (offer->sections, i);

    answer_section (out, self, section, active ? "active" : "passive",
        section == listener ? track : NULL);
  }
  g_string_free (mids, TRUE);
  return g_string_free (out, FALSE);
}

/* @line begins with the end of the line before. */
static gboolean
is_rejected (const gchar * line)
{
  const gchar *port = line + strcspn (line, " ");

  return strncmp (port, " 0 ", 3) == 0;
}

/**
 * rtc_description_add_candidates:
 * @sdp: a description of ours without candidates
 * @candidates: (array length=n): `candidate:…`
 * @n: how many
 *
 * They belong to the section that carries all, which is the first that is not
 * rejected (RFC 8839, RFC 9143).
 *
 * Returns: (transfer full): the description with these candidates and no more
 */
gchar *
rtc_description_add_candidates (const gchar * sdp,
    const gchar * const *candidates, guint n)
{
  static const gchar next[] = "\r\nm=";
  const gchar *line = strstr (sdp, next), *end;
  GString *out;

  while (line && is_rejected (line))
    line = strstr (line + 2, next);
  end = line ? strstr (line + 2, next) : NULL;
  end = end ? end + 2 : sdp + strlen (sdp);
  out = g_string_new_len (sdp, end - sdp);
  for (guint i = 0; line && i < n; i++)
    g_string_append_printf (out, "a=%s\r\n", candidates[i]);
  if (line)
    g_string_append (out, "a=end-of-candidates\r\n");
  g_string_append (out, end);
  return g_string_free (out, FALSE);
}

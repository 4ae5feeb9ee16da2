/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every message of the server that we read, every message that we write.
 */
#include <gst-voice/error.h>
#include <livekit_rtc.pb-c.h>
#include <proto.h>
#include <signalling.h>
#include <string.h>

#define TEXT(s) ((char *) (s))

/* As the server would send it. */
static LivekitSignal *
receive (Livekit__SignalResponse__MessageCase which, gpointer content)
{
  Livekit__SignalResponse message;
  LivekitSignal *signal;
  GError *error = NULL;
  GBytes *bytes;
  gsize size;
  gconstpointer data;

  livekit__signal_response__init (&message);
  message.message_case = which;
  message.join = content;
  bytes = livekit_proto_encode (&message);
  data = g_bytes_get_data (bytes, &size);
  signal = livekit_signal_decode (data, size, &error);
  g_assert_no_error (error);
  g_bytes_unref (bytes);
  return signal;
}

static void
join (void)
{
  Livekit__JoinResponse m;
  Livekit__Room room;
  Livekit__ParticipantInfo self, other, *others[] = { &other };
  Livekit__ParticipantPermission permission;
  Livekit__TrackInfo track, *tracks[] = { &track };
  Livekit__ICEServer ice, *ices[] = { &ice };
  char *urls[] = { TEXT ("stun:h:1"), TEXT ("turn:h:2?transport=udp") };
  Livekit__ServerInfo info;
  Livekit__ClientConfiguration config;
  LivekitSignal *s;
  LivekitParticipant *p;

  livekit__join_response__init (&m);
  livekit__room__init (&room);
  livekit__participant_info__init (&self);
  livekit__participant_info__init (&other);
  livekit__participant_permission__init (&permission);
  livekit__track_info__init (&track);
  livekit__iceserver__init (&ice);
  livekit__server_info__init (&info);
  livekit__client_configuration__init (&config);
  room.sid = TEXT ("RM_1");
  room.name = TEXT ("clinic");
  room.active_recording = TRUE;
  self.sid = TEXT ("PA_1");
  self.identity = TEXT ("agent");
  self.kind = LIVEKIT__PARTICIPANT_INFO__KIND__AGENT;
  self.permission = &permission;
  permission.can_publish = permission.can_update_metadata = TRUE;
  other.sid = TEXT ("PA_2");
  other.identity = TEXT ("sip_1");
  other.name = TEXT ("Anne");
  other.kind = LIVEKIT__PARTICIPANT_INFO__KIND__SIP;
  other.state = LIVEKIT__PARTICIPANT_INFO__STATE__ACTIVE;
  other.version = 7;
  other.n_tracks = 1;
  other.tracks = tracks;
  track.sid = TEXT ("TR_AM2");
  track.source = LIVEKIT__TRACK_SOURCE__MICROPHONE;
  track.mime_type = TEXT ("audio/opus");
  ice.n_urls = 2;
  ice.urls = urls;
  ice.username = TEXT ("u");
  ice.credential = TEXT ("c");
  info.version = TEXT ("1.13.5");
  config.force_relay = LIVEKIT__CLIENT_CONFIG_SETTING__ENABLED;
  m.room = &room;
  m.participant = &self;
  m.n_other_participants = 1;
  m.other_participants = others;
  m.n_ice_servers = 1;
  m.ice_servers = ices;
  m.server_info = &info;
  m.client_configuration = &config;
  m.subscriber_primary = TRUE;
  m.ping_interval = 7;
  m.ping_timeout = 100000;

  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_JOIN, &m);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_JOIN);
  g_assert_cmpstr (s->join.room->sid, ==, "RM_1");
  g_assert_true (s->join.room->recorded);
  g_assert_cmpstr (s->join.self->identity, ==, "agent");
  g_assert_true (s->join.self->can_publish);
  g_assert_false (s->join.self->can_subscribe);
  g_assert_cmpuint (s->join.others->len, ==, 1);
  p = s->join.others->pdata[0];
  g_assert_cmpint (p->kind, ==, LIVEKIT_KIND_SIP);
  g_assert_cmpint (p->state, ==, LIVEKIT_STATE_ACTIVE);
  g_assert_cmpuint (p->version, ==, 7);
  g_assert_nonnull (livekit_participant_find_track (p, "TR_AM2"));
  g_assert_null (livekit_participant_find_track (p, "TR_AM3"));
  g_assert_cmpstr (((LivekitIceServer *) s->join.ice_servers->pdata[0])
      ->urls[1], ==, "turn:h:2?transport=udp");
  g_assert_cmpstr (s->join.server_version, ==, "1.13.5");
  g_assert_true (s->join.force_relay);
  g_assert_true (s->join.subscriber_primary);
  g_assert_cmpuint (s->join.ping_interval, ==, 7);
  g_assert_cmpuint (s->join.ping_timeout, ==, 300);
  livekit_signal_free (s);
}

/* An empty join is a join: nothing is NULL and pings have an interval. */
static void
empty_join (void)
{
  Livekit__JoinResponse m;
  LivekitSignal *s;

  livekit__join_response__init (&m);
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_JOIN, &m);
  g_assert_cmpstr (s->join.room->sid, ==, "");
  g_assert_cmpstr (s->join.self->identity, ==, "");
  g_assert_cmpuint (s->join.ping_interval, ==, 5);
  g_assert_cmpuint (s->join.ping_timeout, ==, 15);
  livekit_signal_free (s);
}

static void
resumed_and_moved (void)
{
  Livekit__ReconnectResponse r;
  Livekit__RoomMovedResponse m;
  LivekitSignal *s;

  livekit__reconnect_response__init (&r);
  r.last_message_seq = 41;
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_RECONNECT, &r);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_RESUMED);
  g_assert_cmpuint (s->join.last_sequence, ==, 41);
  livekit_signal_free (s);

  livekit__room_moved_response__init (&m);
  m.token = TEXT ("t");
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_ROOM_MOVED, &m);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_MOVED);
  g_assert_cmpstr (s->join.token, ==, "t");
  livekit_signal_free (s);
}

static void
descriptions (void)
{
  Livekit__SessionDescription m;
  Livekit__SessionDescription__MidToTrackIdEntry mid, *mids[] = { &mid };
  LivekitSignal *s;

  livekit__session_description__init (&m);
  livekit__session_description__mid_to_track_id_entry__init (&mid);
  m.type = TEXT ("offer");
  m.sdp = TEXT ("v=0\r\n");
  m.id = 9;
  mid.key = TEXT ("1");
  mid.value = TEXT ("TR_1");
  m.n_mid_to_track_id = 1;
  m.mid_to_track_id = mids;
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_OFFER, &m);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_OFFER);
  g_assert_cmpstr (s->description.sdp, ==, "v=0\r\n");
  g_assert_cmpuint (s->description.id, ==, 9);
  g_assert_cmpstr (g_hash_table_lookup (s->description.mids, "1"), ==, "TR_1");
  livekit_signal_free (s);
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_ANSWER, &m);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_ANSWER);
  livekit_signal_free (s);
}

static void
candidates (void)
{
  static const struct
  {
    const gchar *init, *candidate, *mid;
    guint line;
  } rows[] = {
    {"{\"candidate\":\"candidate:1 1 udp 1 127.0.0.1 2 typ host\","
          "\"sdpMid\":\"\",\"sdpMLineIndex\":0,\"usernameFragment\":null}",
        "candidate:1 1 udp 1 127.0.0.1 2 typ host", "", 0},
    {"{\"candidate\":\"\",\"sdpMid\":\"a\",\"sdpMLineIndex\":3}", "", "a", 3},
    {"{\"candidate\":\"c\",\"sdpMid\":null,\"sdpMLineIndex\":-3}", "c", "", 0},
    {"{\"candidate\":\"c\",\"sdpMLineIndex\":1e9}", "c", "", 0},
    {"{\"candidate\":\"c\",\"sdpMLineIndex\":4000000}", "c", "", 1024},
    {"{\"candidate\":1}", NULL, NULL, 0}, {"[]", NULL, NULL, 0},
    {"candidate:1", NULL, NULL, 0}, {"", NULL, NULL, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Livekit__TrickleRequest m;
    LivekitSignal *s;

    livekit__trickle_request__init (&m);
    m.candidateinit = TEXT (rows[i].init);
    m.target = LIVEKIT__SIGNAL_TARGET__SUBSCRIBER;
    m.final = TRUE;
    s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_TRICKLE, &m);
    if (rows[i].candidate) {
      g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_CANDIDATE);
      g_assert_cmpstr (s->candidate.candidate, ==, rows[i].candidate);
      g_assert_cmpstr (s->candidate.mid, ==, rows[i].mid);
      g_assert_cmpuint (s->candidate.line, ==, rows[i].line);
      g_assert_cmpint (s->candidate.target, ==, LIVEKIT_TARGET_SUBSCRIBER);
      g_assert_true (s->candidate.final);
    } else {
      g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_OTHER);
    }
    livekit_signal_free (s);
  }
}

static void
tracks (void)
{
  Livekit__TrackPublishedResponse published;
  Livekit__TrackInfo info;
  Livekit__TrackUnpublishedResponse unpublished;
  Livekit__TrackSubscribed subscribed;
  Livekit__SubscriptionResponse failed;
  Livekit__MuteTrackRequest mute;
  LivekitSignal *s;

  livekit__track_published_response__init (&published);
  livekit__track_info__init (&info);
  published.cid = TEXT ("c");
  published.track = &info;
  info.sid = TEXT ("TR_1");
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_TRACK_PUBLISHED, &published);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_PUBLISHED);
  g_assert_cmpstr (s->published.cid, ==, "c");
  g_assert_cmpstr (s->published.track->sid, ==, "TR_1");
  livekit_signal_free (s);

  livekit__track_unpublished_response__init (&unpublished);
  unpublished.track_sid = TEXT ("TR_2");
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_TRACK_UNPUBLISHED,
      &unpublished);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_UNPUBLISHED);
  g_assert_cmpstr (s->track.sid, ==, "TR_2");
  livekit_signal_free (s);

  livekit__track_subscribed__init (&subscribed);
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_TRACK_SUBSCRIBED, &subscribed);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_SUBSCRIBED);
  livekit_signal_free (s);

  livekit__subscription_response__init (&failed);
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_SUBSCRIPTION_RESPONSE,
      &failed);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_NOT_SUBSCRIBED);
  livekit_signal_free (s);

  livekit__mute_track_request__init (&mute);
  mute.muted = TRUE;
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_MUTE, &mute);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_MUTE);
  g_assert_true (s->track.muted);
  livekit_signal_free (s);
}

static void
people (void)
{
  Livekit__ParticipantUpdate update;
  Livekit__ParticipantInfo info, *infos[] = { &info };
  Livekit__ParticipantInfo__AttributesEntry entry, *entries[] = { &entry };
  Livekit__RoomUpdate room;
  Livekit__SpeakersChanged speakers;
  Livekit__SpeakerInfo speaker[3], *list[] = { speaker, speaker + 1,
    speaker + 2
  };
  Livekit__ConnectionQualityUpdate qualities;
  Livekit__ConnectionQualityInfo quality, *qs[] = { &quality };
  LivekitSignal *s;
  LivekitParticipant *p;

  livekit__participant_update__init (&update);
  livekit__participant_info__init (&info);
  livekit__participant_info__attributes_entry__init (&entry);
  entry.key = TEXT ("k");
  entry.value = TEXT ("v");
  info.n_attributes = 1;
  info.attributes = entries;
  info.state = LIVEKIT__PARTICIPANT_INFO__STATE__DISCONNECTED;
  info.disconnect_reason = LIVEKIT__DISCONNECT_REASON__USER_REJECTED;
  info.metadata = TEXT ("m");
  update.n_participants = 1;
  update.participants = infos;
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_UPDATE, &update);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_UPDATE);
  p = s->update.participants->pdata[0];
  g_assert_cmpint (p->reason, ==, LIVEKIT_REASON_USER_REJECTED);
  g_assert_cmpstr (g_hash_table_lookup (p->attributes, "k"), ==, "v");
  g_assert_cmpstr (p->metadata, ==, "m");
  g_assert_false (s->update.everybody);
  livekit_signal_free (s);

  livekit__room_update__init (&room);
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_ROOM_UPDATE, &room);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_ROOM);
  livekit_signal_free (s);

  livekit__speakers_changed__init (&speakers);
  for (guint i = 0; i < 3; i++)
    livekit__speaker_info__init (&speaker[i]);
  speaker[0].sid = TEXT ("PA_1");
  speaker[0].level = 0.5;
  speaker[0].active = TRUE;
  speaker[1].level = 7;
  speaker[2].level = 0.0f / 0.0f;
  speakers.n_speakers = 3;
  speakers.speakers = list;
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_SPEAKERS_CHANGED, &speakers);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_SPEAKERS);
  g_assert_cmpfloat (((LivekitSpeaker *) s->speakers->pdata[0])->level, ==,
      0.5);
  g_assert_cmpfloat (((LivekitSpeaker *) s->speakers->pdata[1])->level, ==, 1);
  g_assert_cmpfloat (((LivekitSpeaker *) s->speakers->pdata[2])->level, ==, 0);
  livekit_signal_free (s);

  livekit__connection_quality_update__init (&qualities);
  livekit__connection_quality_info__init (&quality);
  quality.participant_sid = TEXT ("PA_1");
  quality.quality = LIVEKIT__CONNECTION_QUALITY__LOST;
  qualities.n_updates = 1;
  qualities.updates = qs;
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_CONNECTION_QUALITY,
      &qualities);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_QUALITIES);
  g_assert_cmpint (((LivekitParticipantQuality *)
          s->qualities->pdata[0])->quality, ==, LIVEKIT_QUALITY_LOST);
  livekit_signal_free (s);
}

static void
responses (void)
{
  Livekit__RequestResponse m;
  Livekit__AddTrackRequest add;
  Livekit__Pong pong;
  LivekitSignal *s;

  livekit__request_response__init (&m);
  livekit__add_track_request__init (&add);
  add.cid = TEXT ("c");
  m.request_id = 3;
  m.reason = LIVEKIT__REQUEST_RESPONSE__REASON__NOT_ALLOWED;
  m.message = TEXT ("no");
  m.request_case = LIVEKIT__REQUEST_RESPONSE__REQUEST_ADD_TRACK;
  m.add_track = &add;
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_REQUEST_RESPONSE, &m);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_RESPONSE);
  g_assert_cmpuint (s->response.id, ==, 3);
  g_assert_cmpint (s->response.reason, ==, LIVEKIT_RESPONSE_NOT_ALLOWED);
  g_assert_cmpstr (s->response.cid, ==, "c");
  livekit_signal_free (s);
  m.reason = 77;
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_REQUEST_RESPONSE, &m);
  g_assert_cmpint (s->response.reason, ==, LIVEKIT_RESPONSE_UNCLASSIFIED);
  livekit_signal_free (s);

  livekit__pong__init (&pong);
  pong.last_ping_timestamp = 12345;
  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_PONG_RESP, &pong);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_PONG);
  g_assert_cmpint (s->pong, ==, 12345);
  livekit_signal_free (s);

  s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_REFRESH_TOKEN, TEXT ("t2"));
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_TOKEN);
  g_assert_cmpstr (s->token, ==, "t2");
  livekit_signal_free (s);
}

static void
leave (void)
{
  static const struct
  {
    gint action;
    gboolean can_reconnect;
    LivekitAction expected;
  } rows[] = {
    {0, FALSE, LIVEKIT_ACTION_DISCONNECT}, {0, TRUE, LIVEKIT_ACTION_RECONNECT},
    {1, FALSE, LIVEKIT_ACTION_RESUME}, {1, TRUE, LIVEKIT_ACTION_RESUME},
    {2, FALSE, LIVEKIT_ACTION_RECONNECT}, {9, FALSE, LIVEKIT_ACTION_DISCONNECT},
  };
  Livekit__LeaveRequest m;
  Livekit__RegionSettings regions;
  Livekit__RegionInfo region, *list[] = { &region };

  livekit__leave_request__init (&m);
  livekit__region_settings__init (&regions);
  livekit__region_info__init (&region);
  region.url = TEXT ("wss://b");
  regions.n_regions = 1;
  regions.regions = list;
  m.regions = &regions;
  m.reason = LIVEKIT__DISCONNECT_REASON__MIGRATION;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    LivekitSignal *s;

    m.action = rows[i].action;
    m.can_reconnect = rows[i].can_reconnect;
    s = receive (LIVEKIT__SIGNAL_RESPONSE__MESSAGE_LEAVE, &m);
    g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_LEAVE);
    g_assert_cmpint (s->leave.reason, ==, LIVEKIT_REASON_MIGRATION);
    g_assert_cmpint (s->leave.action, ==, rows[i].expected);
    g_assert_cmpstr (s->leave.urls[0], ==, "wss://b");
    livekit_signal_free (s);
  }
}

static void
not_known (void)
{
  GError *error = NULL;
  LivekitSignal *s = livekit_signal_decode ((const guint8 *) "\x9a\x06\x00", 3,
      &error);

  g_assert_no_error (error);
  g_assert_cmpint (s->type, ==, LIVEKIT_SIGNAL_OTHER);
  livekit_signal_free (s);
  g_assert_null (livekit_signal_decode ((const guint8 *) "\x0a", 1, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
  g_error_free (error);
}

/* As the server would read it. */
static Livekit__SignalRequest *
sent (GBytes * bytes, Livekit__SignalRequest__MessageCase which)
{
  Livekit__SignalRequest *message;
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  message = livekit_proto_decode (&livekit__signal_request__descriptor, data,
      size, LIVEKIT_PROTO_MAX_SIZE, NULL);
  g_assert_nonnull (message);
  g_assert_cmpint (message->message_case, ==, which);
  g_bytes_unref (bytes);
  return message;
}

static void
sent_negotiation (void)
{
  LivekitCandidate candidate = {.candidate = TEXT ("candidate:\"1\""),
    .mid = TEXT ("0"),.line = 2,.target = LIVEKIT_TARGET_SUBSCRIBER
  };
  Livekit__SignalRequest *m = sent (livekit_signal_encode_offer ("o", 4),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_OFFER);

  g_assert_cmpstr (m->offer->type, ==, "offer");
  g_assert_cmpstr (m->offer->sdp, ==, "o");
  g_assert_cmpuint (m->offer->id, ==, 4);
  livekit_proto_free (m);
  m = sent (livekit_signal_encode_answer ("a", 5),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_ANSWER);
  g_assert_cmpstr (m->answer->type, ==, "answer");
  g_assert_cmpuint (m->answer->id, ==, 5);
  livekit_proto_free (m);
  m = sent (livekit_signal_encode_candidate (&candidate),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_TRICKLE);
  g_assert_cmpstr (m->trickle->candidateinit, ==, "{\"candidate\":"
      "\"candidate:\\\"1\\\"\",\"sdpMid\":\"0\",\"sdpMLineIndex\":2}");
  g_assert_cmpint (m->trickle->target, ==, LIVEKIT__SIGNAL_TARGET__SUBSCRIBER);
  livekit_proto_free (m);
}

static void
sent_tracks (void)
{
  static const gchar *const sids[] = { "TR_1", "TR_2", NULL };
  LivekitAddTrack track = {.cid = "c",.name = "roomio_audio",
    .source = LIVEKIT_SOURCE_MICROPHONE
  };
  Livekit__SignalRequest *m = sent (livekit_signal_encode_add_track (&track),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_ADD_TRACK);

  g_assert_cmpstr (m->add_track->cid, ==, "c");
  g_assert_cmpstr (m->add_track->name, ==, "roomio_audio");
  g_assert_cmpstr (m->add_track->stream, ==, "");
  g_assert_cmpint (m->add_track->type, ==, LIVEKIT__TRACK_TYPE__AUDIO);
  g_assert_true (m->add_track->disable_red);
  g_assert_cmpuint (m->add_track->n_audio_features, ==, 1);
  g_assert_cmpint (m->add_track->audio_features[0], ==,
      LIVEKIT__AUDIO_TRACK_FEATURE__TF_NO_DTX);
  livekit_proto_free (m);
  m = sent (livekit_signal_encode_mute ("TR_1", TRUE),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_MUTE);
  g_assert_cmpstr (m->mute->sid, ==, "TR_1");
  g_assert_true (m->mute->muted);
  livekit_proto_free (m);
  m = sent (livekit_signal_encode_subscribe (sids, TRUE),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_SUBSCRIPTION);
  g_assert_cmpuint (m->subscription->n_track_sids, ==, 2);
  g_assert_cmpstr (m->subscription->track_sids[1], ==, "TR_2");
  g_assert_true (m->subscription->subscribe);
  livekit_proto_free (m);
  m = sent (livekit_signal_encode_pause (sids, TRUE),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_TRACK_SETTING);
  g_assert_true (m->track_setting->disabled);
  livekit_proto_free (m);
}

static void
sent_sync (void)
{
  static const gchar *const off[] = { "TR_9", NULL };
  LivekitParticipant *p = livekit_participant_new ("PA_2", "i");
  LivekitTrack track = {.sid = TEXT ("TR_1"),.name = TEXT ("n"),
    .mime = TEXT (""),.mid = TEXT (""),.stream = TEXT ("")
  };
  LivekitPublished published = { "c", &track };
  LivekitReceived received = { p->sid, 12 };
  LivekitSync sync = {.offer = "o",.answer = "a",.offer_id = 3,
    .unsubscribed = off,.published = &published,.n_published = 1,
    .received = &received,.n_received = 1,.publisher_channels = TRUE
  };
  LivekitSync nothing = { 0 };
  Livekit__SignalRequest *m = sent (livekit_signal_encode_sync (&sync),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_SYNC_STATE);
  Livekit__SyncState *state = m->sync_state;

  g_assert_cmpstr (state->offer->sdp, ==, "o");
  g_assert_cmpstr (state->answer->type, ==, "answer");
  g_assert_cmpuint (state->answer->id, ==, 3);
  g_assert_cmpuint (state->subscription->n_track_sids, ==, 1);
  g_assert_false (state->subscription->subscribe);
  g_assert_cmpuint (state->n_publish_tracks, ==, 1);
  g_assert_cmpstr (state->publish_tracks[0]->track->sid, ==, "TR_1");
  g_assert_cmpuint (state->n_data_channels, ==, 2);
  g_assert_cmpstr (state->data_channels[1]->label, ==, "_lossy");
  g_assert_cmpuint (state->n_datachannel_receive_states, ==, 1);
  g_assert_cmpuint (state->datachannel_receive_states[0]->last_seq, ==, 12);
  livekit_proto_free (m);
  m = sent (livekit_signal_encode_sync (&nothing),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_SYNC_STATE);
  g_assert_null (m->sync_state->offer);
  g_assert_cmpuint (m->sync_state->n_data_channels, ==, 0);
  livekit_proto_free (m);
  livekit_participant_free (p);
}

static void
sent_others (void)
{
  GHashTable *attributes = livekit_attributes_new ();
  Livekit__SignalRequest *m;

  g_hash_table_insert (attributes, g_strdup ("lk.agent.state"),
      g_strdup ("listening"));
  m = sent (livekit_signal_encode_update ("n", NULL, attributes, 8),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_UPDATE_METADATA);
  g_assert_cmpstr (m->update_metadata->name, ==, "n");
  g_assert_cmpstr (m->update_metadata->metadata, ==, "");
  g_assert_cmpuint (m->update_metadata->request_id, ==, 8);
  g_assert_cmpstr (m->update_metadata->attributes[0]->value, ==, "listening");
  livekit_proto_free (m);
  g_hash_table_unref (attributes);

  m = sent (livekit_signal_encode_ping (1000, 20),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_PING_REQ);
  g_assert_cmpint (m->ping_req->timestamp, ==, 1000);
  g_assert_cmpint (m->ping_req->rtt, ==, 20);
  livekit_proto_free (m);
  m = sent (livekit_signal_encode_old_ping (1000),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_PING);
  g_assert_cmpint (m->ping, ==, 1000);
  livekit_proto_free (m);
  m = sent (livekit_signal_encode_leave (LIVEKIT_REASON_CLIENT_INITIATED),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_LEAVE);
  g_assert_cmpint (m->leave->reason, ==,
      LIVEKIT__DISCONNECT_REASON__CLIENT_INITIATED);
  livekit_proto_free (m);
}

static void
reasons (void)
{
  for (gint i = -1; i < 20; i++) {
    g_assert_nonnull (livekit_reason_name ((LivekitReason) i));
    g_assert_nonnull (livekit_reason_explain ((LivekitReason) i));
  }
  g_assert_cmpstr (livekit_reason_name (LIVEKIT_REASON_AGENT_ERROR), ==,
      "agent-error");
  g_assert_cmpstr (livekit_reason_name ((LivekitReason) 99), ==, "unknown");
  g_assert_nonnull (strstr (livekit_reason_explain
          (LIVEKIT_REASON_DUPLICATE_IDENTITY), "identity of its own"));
}

static void
simulate (void)
{
  Livekit__SignalRequest *m;

  m = sent (livekit_signal_encode_simulate ("server_leave"),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_SIMULATE);
  g_assert_cmpint (m->simulate->scenario_case, ==,
      LIVEKIT__SIMULATE_SCENARIO__SCENARIO_SERVER_LEAVE);
  g_assert_true (m->simulate->server_leave);
  livekit_proto_free (m);
  m = sent (livekit_signal_encode_simulate ("speaker_update=7"),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_SIMULATE);
  g_assert_cmpint (m->simulate->speaker_update, ==, 7);
  livekit_proto_free (m);
  m = sent (livekit_signal_encode_simulate ("switch_candidate_protocol=tls"),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_SIMULATE);
  g_assert_cmpint (m->simulate->switch_candidate_protocol, ==,
      LIVEKIT__CANDIDATE_PROTOCOL__TLS);
  livekit_proto_free (m);
  m = sent (livekit_signal_encode_simulate ("subscriber_bandwidth"),
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_SIMULATE);
  g_assert_cmpint (m->simulate->subscriber_bandwidth, ==, 100000);
  livekit_proto_free (m);
  g_assert_null (livekit_signal_encode_simulate ("no such"));
  g_assert_null (livekit_signal_encode_simulate (""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signalling/join", join);
  g_test_add_func ("/signalling/empty-join", empty_join);
  g_test_add_func ("/signalling/resumed-and-moved", resumed_and_moved);
  g_test_add_func ("/signalling/descriptions", descriptions);
  g_test_add_func ("/signalling/candidates", candidates);
  g_test_add_func ("/signalling/tracks", tracks);
  g_test_add_func ("/signalling/people", people);
  g_test_add_func ("/signalling/responses", responses);
  g_test_add_func ("/signalling/leave", leave);
  g_test_add_func ("/signalling/not-known", not_known);
  g_test_add_func ("/signalling/sent/negotiation", sent_negotiation);
  g_test_add_func ("/signalling/sent/tracks", sent_tracks);
  g_test_add_func ("/signalling/sent/sync", sent_sync);
  g_test_add_func ("/signalling/sent/others", sent_others);
  g_test_add_func ("/signalling/reasons", reasons);
  g_test_add_func ("/signalling/simulate", simulate);
  return g_test_run ();
}

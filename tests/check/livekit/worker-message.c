/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every message between worker and server.
 */
#include <gst-voice/error.h>
#include <livekit_agent.pb-c.h>
#include <proto.h>
#include <worker-message.h>

#define TEXT(s) ((char *) (s))

static LivekitWorkerMessage *
receive (Livekit__ServerMessage__MessageCase which, gpointer content)
{
  Livekit__ServerMessage message;
  LivekitWorkerMessage *out;
  GError *error = NULL;
  GBytes *bytes;
  gsize size;
  gconstpointer data;

  livekit__server_message__init (&message);
  message.message_case = which;
  message.pong = content;
  bytes = livekit_proto_encode (&message);
  data = g_bytes_get_data (bytes, &size);
  out = livekit_worker_decode (data, size, &error);
  g_assert_no_error (error);
  g_bytes_unref (bytes);
  return out;
}

static void
received (void)
{
  Livekit__RegisterWorkerResponse registered;
  Livekit__ServerInfo info;
  Livekit__JobTermination termination;
  Livekit__WorkerPong pong;
  LivekitWorkerMessage *m;
  GError *error = NULL;

  livekit__register_worker_response__init (&registered);
  livekit__server_info__init (&info);
  info.version = TEXT ("1.13.5");
  registered.worker_id = TEXT ("AW_1");
  registered.server_info = &info;
  m = receive (LIVEKIT__SERVER_MESSAGE__MESSAGE_REGISTER, &registered);
  g_assert_cmpint (m->type, ==, LIVEKIT_WORKER_REGISTERED);
  g_assert_cmpstr (m->id, ==, "AW_1");
  g_assert_cmpstr (m->server_version, ==, "1.13.5");
  livekit_worker_message_free (m);

  livekit__job_termination__init (&termination);
  termination.job_id = TEXT ("AJ_1");
  m = receive (LIVEKIT__SERVER_MESSAGE__MESSAGE_TERMINATION, &termination);
  g_assert_cmpint (m->type, ==, LIVEKIT_WORKER_TERMINATION);
  g_assert_cmpstr (m->id, ==, "AJ_1");
  livekit_worker_message_free (m);

  livekit__worker_pong__init (&pong);
  pong.last_timestamp = 5;
  m = receive (LIVEKIT__SERVER_MESSAGE__MESSAGE_PONG, &pong);
  g_assert_cmpint (m->type, ==, LIVEKIT_WORKER_PONG);
  g_assert_cmpint (m->pong, ==, 5);
  livekit_worker_message_free (m);

  m = livekit_worker_decode ((const guint8 *) "\x9a\x06\x00", 3, &error);
  g_assert_no_error (error);
  g_assert_cmpint (m->type, ==, LIVEKIT_WORKER_OTHER);
  livekit_worker_message_free (m);
  g_assert_null (livekit_worker_decode ((const guint8 *) "\x0a", 1, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
  g_error_free (error);
}

static void
jobs (void)
{
  Livekit__Job job;
  Livekit__Room room;
  Livekit__ParticipantInfo participant;
  Livekit__Job__AttributesEntry entry, *entries[] = { &entry };
  Livekit__AvailabilityRequest offer;
  Livekit__JobAssignment assignment;
  LivekitWorkerMessage *m;
  LivekitJob *copy;

  livekit__job__init (&job);
  livekit__room__init (&room);
  livekit__participant_info__init (&participant);
  livekit__job__attributes_entry__init (&entry);
  livekit__availability_request__init (&offer);
  livekit__job_assignment__init (&assignment);
  entry.key = TEXT ("k");
  entry.value = TEXT ("v");
  room.name = TEXT ("clinic");
  participant.identity = TEXT ("caller");
  job.id = TEXT ("AJ_1");
  job.dispatch_id = TEXT ("AD_1");
  job.metadata = TEXT ("{}");
  job.agent_name = TEXT ("a");
  job.type = LIVEKIT__JOB_TYPE__JT_PARTICIPANT;
  job.room = &room;
  job.participant = &participant;
  job.n_attributes = 1;
  job.attributes = entries;
  offer.job = &job;
  m = receive (LIVEKIT__SERVER_MESSAGE__MESSAGE_AVAILABILITY, &offer);
  g_assert_cmpint (m->type, ==, LIVEKIT_WORKER_OFFER);
  copy = livekit_job_copy (m->job);
  livekit_worker_message_free (m);
  g_assert_cmpstr (copy->id, ==, "AJ_1");
  g_assert_cmpstr (copy->dispatch, ==, "AD_1");
  g_assert_cmpstr (copy->metadata, ==, "{}");
  g_assert_cmpint (copy->type, ==, LIVEKIT_JOB_PARTICIPANT);
  g_assert_cmpstr (copy->room->name, ==, "clinic");
  g_assert_cmpstr (copy->participant->identity, ==, "caller");
  g_assert_cmpstr (g_hash_table_lookup (copy->attributes, "k"), ==, "v");
  livekit_job_free (copy);

  assignment.token = TEXT ("t");
  m = receive (LIVEKIT__SERVER_MESSAGE__MESSAGE_ASSIGNMENT, &assignment);
  g_assert_cmpint (m->type, ==, LIVEKIT_WORKER_ASSIGNMENT);
  g_assert_cmpstr (m->job->id, ==, "");
  g_assert_null (m->job->participant);
  g_assert_cmpstr (m->url, ==, "");
  g_assert_cmpstr (m->token, ==, "t");
  livekit_worker_message_free (m);
  assignment.optional_url_case = LIVEKIT__JOB_ASSIGNMENT__OPTIONAL_URL_URL;
  assignment.url = TEXT ("wss://b");
  m = receive (LIVEKIT__SERVER_MESSAGE__MESSAGE_ASSIGNMENT, &assignment);
  g_assert_cmpstr (m->url, ==, "wss://b");
  livekit_worker_message_free (m);
}

static Livekit__WorkerMessage *
sent (GBytes * bytes, Livekit__WorkerMessage__MessageCase which)
{
  Livekit__WorkerMessage *message;
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  message = livekit_proto_decode (&livekit__worker_message__descriptor, data,
      size, LIVEKIT_PROTO_MAX_SIZE, NULL);
  g_assert_nonnull (message);
  g_assert_cmpint (message->message_case, ==, which);
  g_bytes_unref (bytes);
  return message;
}

static void
sent_answers (void)
{
  GHashTable *attributes = livekit_attributes_new ();
  LivekitAcceptance nobody = { 0 };
  LivekitAcceptance somebody = {.identity = "anna",.name = "Anna",
    .metadata = "m",.attributes = attributes
  };
  Livekit__WorkerMessage *m =
      sent (livekit_worker_encode_accept ("AJ_1", &nobody),
      LIVEKIT__WORKER_MESSAGE__MESSAGE_AVAILABILITY);

  g_assert_true (m->availability->available);
  g_assert_cmpstr (m->availability->participant_identity, ==, "agent-AJ_1");
  livekit_proto_free (m);
  g_hash_table_insert (attributes, g_strdup ("k"), g_strdup ("v"));
  m = sent (livekit_worker_encode_accept ("AJ_1", &somebody),
      LIVEKIT__WORKER_MESSAGE__MESSAGE_AVAILABILITY);
  g_assert_cmpstr (m->availability->participant_identity, ==, "anna");
  g_assert_cmpstr (m->availability->participant_name, ==, "Anna");
  g_assert_cmpstr (m->availability->participant_attributes[0]->key, ==, "k");
  livekit_proto_free (m);
  m = sent (livekit_worker_encode_reject ("AJ_1", TRUE),
      LIVEKIT__WORKER_MESSAGE__MESSAGE_AVAILABILITY);
  g_assert_false (m->availability->available);
  g_assert_true (m->availability->terminate);
  livekit_proto_free (m);
  g_hash_table_unref (attributes);
}

static void
sent_others (void)
{
  static const gchar *const ids[] = { "AJ_1", "AJ_2", NULL };
  Livekit__WorkerMessage *m =
      sent (livekit_worker_encode_register (LIVEKIT_JOB_ROOM, NULL, "0.1"),
      LIVEKIT__WORKER_MESSAGE__MESSAGE_REGISTER);

  g_assert_cmpstr (m->register_->agent_name, ==, "");
  g_assert_true (m->register_->allowed_permissions->can_publish);
  g_assert_true (m->register_->allowed_permissions->can_update_metadata);
  livekit_proto_free (m);

  /* Available is 0, but must be on the wire: absent means unchanged. */
  m = sent (livekit_worker_encode_status (FALSE, 0.25, 3),
      LIVEKIT__WORKER_MESSAGE__MESSAGE_UPDATE_WORKER);
  g_assert_cmpint (m->update_worker->optional_status_case, ==,
      LIVEKIT__UPDATE_WORKER_STATUS__OPTIONAL_STATUS_STATUS);
  g_assert_cmpint (m->update_worker->status, ==,
      LIVEKIT__WORKER_STATUS__WS_AVAILABLE);
  g_assert_cmpfloat (m->update_worker->load, ==, 0.25);
  g_assert_cmpuint (m->update_worker->job_count, ==, 3);
  livekit_proto_free (m);

  m = sent (livekit_worker_encode_job ("AJ_1", LIVEKIT_JOB_FAILED, "why"),
      LIVEKIT__WORKER_MESSAGE__MESSAGE_UPDATE_JOB);
  g_assert_cmpint (m->update_job->status, ==, LIVEKIT__JOB_STATUS__JS_FAILED);
  g_assert_cmpstr (m->update_job->error, ==, "why");
  livekit_proto_free (m);
  m = sent (livekit_worker_encode_ping (9),
      LIVEKIT__WORKER_MESSAGE__MESSAGE_PING);
  g_assert_cmpint (m->ping->timestamp, ==, 9);
  livekit_proto_free (m);
  m = sent (livekit_worker_encode_migrate (ids),
      LIVEKIT__WORKER_MESSAGE__MESSAGE_MIGRATE_JOB);
  g_assert_cmpuint (m->migrate_job->n_job_ids, ==, 2);
  livekit_proto_free (m);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker-message/received", received);
  g_test_add_func ("/worker-message/jobs", jobs);
  g_test_add_func ("/worker-message/sent/answers", sent_answers);
  g_test_add_func ("/worker-message/sent/others", sent_others);
  return g_test_run ();
}

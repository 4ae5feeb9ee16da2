/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What an agent worker and the server say to each other.
 *
 * Threads: any. Locks: none.
 */
#include "worker-message.h"

#include "model-proto.h"
#include "proto.h"

#include <gst-voice/secret.h>
#include <livekit_agent.pb-c.h>

/* protobuf-c has no pointers to const. */
#define TEXT(s) ((char *) ((s) ? (s) : ""))

static LivekitJob *
job_from_proto (const Livekit__Job * message)
{
  Livekit__Job none;
  LivekitJob *job = g_new0 (LivekitJob, 1);

  livekit__job__init (&none);
  if (!message)
    message = &none;
  job->id = g_strdup (message->id);
  job->dispatch = g_strdup (message->dispatch_id);
  job->metadata = g_strdup (message->metadata);
  job->agent_name = g_strdup (message->agent_name);
  job->type = (LivekitJobType) message->type;
  job->room = livekit_room_from_proto (message->room);
  if (message->participant)
    job->participant = livekit_participant_from_proto (message->participant);
  job->attributes =
      livekit_proto_get_map (message->n_attributes, message->attributes);
  job->record = message->enable_recording;
  return job;
}

LivekitJob *
livekit_job_copy (const LivekitJob * job)
{
  LivekitJob *copy = g_memdup2 (job, sizeof *job);

  copy->id = g_strdup (job->id);
  copy->dispatch = g_strdup (job->dispatch);
  copy->metadata = g_strdup (job->metadata);
  copy->agent_name = g_strdup (job->agent_name);
  copy->room = livekit_room_copy (job->room);
  if (job->participant)
    copy->participant = livekit_participant_copy (job->participant);
  copy->attributes = livekit_attributes_copy (job->attributes);
  return copy;
}

void
livekit_job_free (LivekitJob * job)
{
  if (!job)
    return;
  g_free (job->id);
  g_free (job->dispatch);
  g_free (job->metadata);
  g_free (job->agent_name);
  livekit_room_free (job->room);
  livekit_participant_free (job->participant);
  g_hash_table_unref (job->attributes);
  g_free (job);
}

static void
read_assignment (LivekitWorkerMessage * out,
    const Livekit__JobAssignment * message)
{
  gboolean has_url = message->optional_url_case ==
      LIVEKIT__JOB_ASSIGNMENT__OPTIONAL_URL_URL;

  out->type = LIVEKIT_WORKER_ASSIGNMENT;
  out->job = job_from_proto (message->job);
  out->url = g_strdup (has_url ? message->url : "");
  out->token = g_strdup (message->token);
}

static void
read_message (LivekitWorkerMessage * out,
    const Livekit__ServerMessage * message)
{
  switch (message->message_case) {
    case LIVEKIT__SERVER_MESSAGE__MESSAGE_REGISTER:
      out->type = LIVEKIT_WORKER_REGISTERED;
      out->id = g_strdup (message->register_->worker_id);
      out->server_version = g_strdup (message->register_->server_info ?
          message->register_->server_info->version : "");
      break;
    case LIVEKIT__SERVER_MESSAGE__MESSAGE_AVAILABILITY:
      out->type = LIVEKIT_WORKER_OFFER;
      out->job = job_from_proto (message->availability->job);
      break;
    case LIVEKIT__SERVER_MESSAGE__MESSAGE_ASSIGNMENT:
      read_assignment (out, message->assignment);
      break;
    case LIVEKIT__SERVER_MESSAGE__MESSAGE_TERMINATION:
      out->type = LIVEKIT_WORKER_TERMINATION;
      out->id = g_strdup (message->termination->job_id);
      break;
    case LIVEKIT__SERVER_MESSAGE__MESSAGE_PONG:
      out->type = LIVEKIT_WORKER_PONG;
      out->pong = message->pong->last_timestamp;
      break;
    default:
      break;
  }
}

/**
 * livekit_worker_decode:
 * @data: a binary message of the server
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: (transfer full) (nullable): what it says; what we do not know is
 *   %LIVEKIT_WORKER_OTHER and no error
 */
LivekitWorkerMessage *
livekit_worker_decode (const guint8 * data, gsize size, GError ** error)
{
  Livekit__ServerMessage *message =
      livekit_proto_decode (&livekit__server_message__descriptor, data, size,
      LIVEKIT_PROTO_MAX_SIZE, error);
  LivekitWorkerMessage *out;

  if (!message)
    return NULL;
  out = g_new0 (LivekitWorkerMessage, 1);
  read_message (out, message);
  livekit_proto_free (message);
  return out;
}

/**
 * livekit_worker_message_free:
 * @message: (transfer full) (nullable): what livekit_worker_decode () returned
 */
void
livekit_worker_message_free (LivekitWorkerMessage * message)
{
  if (!message)
    return;
  g_free (message->id);
  g_free (message->server_version);
  livekit_job_free (message->job);
  g_free (message->url);
  gst_voice_secret_free (message->token);
  g_free (message);
}

static GBytes *
encode (Livekit__WorkerMessage__MessageCase which, gpointer content)
{
  Livekit__WorkerMessage message;

  livekit__worker_message__init (&message);
  message.message_case = which;
  message.ping = content;       /* one of a union of pointers */
  return livekit_proto_encode (&message);
}

/**
 * livekit_worker_encode_register:
 * @type: of the jobs that we want
 * @agent_name: (nullable): %NULL serves every room, a name only what is
 *   dispatched to it
 * @version: of this program
 */
GBytes *
livekit_worker_encode_register (LivekitJobType type,
    const gchar * agent_name, const gchar * version)
{
  Livekit__RegisterWorkerRequest message;
  Livekit__ParticipantPermission may;

  livekit__register_worker_request__init (&message);
  livekit__participant_permission__init (&may);
  may.can_subscribe = may.can_publish = may.can_publish_data =
      may.can_update_metadata = TRUE;
  message.type = (Livekit__JobType) type;
  message.agent_name = TEXT (agent_name);
  message.version = TEXT (version);
  message.allowed_permissions = &may;
  return encode (LIVEKIT__WORKER_MESSAGE__MESSAGE_REGISTER, &message);
}

/**
 * livekit_worker_encode_accept:
 * @job: id of the job
 * @acceptance: as whom the agent will join
 */
GBytes *
livekit_worker_encode_accept (const gchar * job,
    const LivekitAcceptance * acceptance)
{
  gchar *identity = acceptance->identity ? g_strdup (acceptance->identity) :
      g_strconcat ("agent-", job, NULL);
  Livekit__AvailabilityResponse message;
  GBytes *bytes;

  livekit__availability_response__init (&message);
  message.job_id = TEXT (job);
  message.available = TRUE;
  message.participant_identity = identity;
  message.participant_name = TEXT (acceptance->name);
  message.participant_metadata = TEXT (acceptance->metadata);
  message.participant_attributes =
      livekit_proto_new_map (acceptance->attributes,
      &livekit__availability_response__participant_attributes_entry__descriptor,
      &message.n_participant_attributes);
  bytes = encode (LIVEKIT__WORKER_MESSAGE__MESSAGE_AVAILABILITY, &message);
  livekit_proto_free_map (message.participant_attributes,
      message.n_participant_attributes);
  g_free (identity);
  return bytes;
}

/**
 * livekit_worker_encode_reject:
 * @job: id of the job
 * @terminate: nobody else shall be asked
 */
GBytes *
livekit_worker_encode_reject (const gchar * job, gboolean terminate)
{
  Livekit__AvailabilityResponse message;

  livekit__availability_response__init (&message);
  message.job_id = TEXT (job);
  message.terminate = terminate;
  return encode (LIVEKIT__WORKER_MESSAGE__MESSAGE_AVAILABILITY, &message);
}

/**
 * livekit_worker_encode_status:
 * @full: no job shall be offered
 * @load: 0 to 1; the server offers nothing from 0.7
 * @jobs: that run
 */
GBytes *
livekit_worker_encode_status (gboolean full, gfloat load, guint jobs)
{
  Livekit__UpdateWorkerStatus message;

  livekit__update_worker_status__init (&message);
  message.optional_status_case =
      LIVEKIT__UPDATE_WORKER_STATUS__OPTIONAL_STATUS_STATUS;
  message.status = full ? LIVEKIT__WORKER_STATUS__WS_FULL :
      LIVEKIT__WORKER_STATUS__WS_AVAILABLE;
  message.load = load;
  message.job_count = jobs;
  return encode (LIVEKIT__WORKER_MESSAGE__MESSAGE_UPDATE_WORKER, &message);
}

/**
 * livekit_worker_encode_job:
 * @job: id of the job
 * @status: success and failure end it
 * @text: (nullable): why it failed
 */
GBytes *
livekit_worker_encode_job (const gchar * job, LivekitJobStatus status,
    const gchar * text)
{
  Livekit__UpdateJobStatus message;

  livekit__update_job_status__init (&message);
  message.job_id = TEXT (job);
  message.status = (Livekit__JobStatus) status;
  message.error = TEXT (text);
  return encode (LIVEKIT__WORKER_MESSAGE__MESSAGE_UPDATE_JOB, &message);
}

/**
 * livekit_worker_encode_ping:
 * @now_ms: comes back in the pong
 */
GBytes *
livekit_worker_encode_ping (gint64 now_ms)
{
  Livekit__WorkerPing message;

  livekit__worker_ping__init (&message);
  message.timestamp = now_ms;
  return encode (LIVEKIT__WORKER_MESSAGE__MESSAGE_PING, &message);
}

/**
 * livekit_worker_encode_migrate:
 * @jobs: ids of jobs that still run, after the connection was lost
 */
GBytes *
livekit_worker_encode_migrate (const gchar * const *jobs)
{
  Livekit__MigrateJobRequest message;

  livekit__migrate_job_request__init (&message);
  message.n_job_ids = g_strv_length ((GStrv) jobs);
  message.job_ids = (char **) jobs;
  return encode (LIVEKIT__WORKER_MESSAGE__MESSAGE_MIGRATE_JOB, &message);
}

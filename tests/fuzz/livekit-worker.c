/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Messages of LiveKit's server to a registered worker: each begins with its
 * length, one byte.
 */
#include <worker-core.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

/* Accepts what is offered, ends what runs. */
static guint
obey (WorkerCore * core, guint serial, gint64 now)
{
  static const LivekitAcceptance acceptance = { 0 };
  WorkerAction *action;

  while ((action = worker_core_pop (core))) {
    WorkerEvent event = {.type = WORKER_EVENT_ACCEPT,
      .acceptance = &acceptance
    };

    if (action->type == WORKER_ACTION_OPEN)
      serial = action->serial;
    if (action->type == WORKER_ACTION_OFFER) {
      event.job = action->job->id;
      worker_core_handle (core, &event, now);
    } else if (action->type == WORKER_ACTION_STOP) {
      event.type = WORKER_EVENT_DONE;
      event.job = action->id;
      worker_core_handle (core, &event, now);
    }
    worker_action_free (action);
  }
  return serial;
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  WorkerConfig config = {.load_limit = 0.7,.job_load = 0.01,.max_jobs = 8 };
  WorkerCore *core = worker_core_new (&config);
  WorkerEvent start = {.type = WORKER_EVENT_START };
  gint64 now = 0;
  guint serial;

  worker_core_handle (core, &start, now);
  serial = obey (core, 0, now);
  start.type = WORKER_EVENT_OPENED;
  start.serial = serial;
  worker_core_handle (core, &start, now);
  while (size > 0) {
    gsize length = MIN (data[0], size - 1);
    WorkerEvent event = {.type = WORKER_EVENT_MESSAGE,.serial = serial };

    event.message = livekit_worker_decode (data + 1, length, NULL);
    data += length + 1;
    size -= length + 1;
    now += length * 8;
    if (event.message)
      worker_core_handle (core, &event, now);
    worker_core_tick (core, now);
    serial = obey (core, serial, now);
    g_assert (worker_core_get_jobs (core) <= 8);
    g_assert (worker_core_get_deadline (core) > now);
  }
  worker_core_free (core);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Plays scenarios in several processes, so that all processors have work and
 * a crash costs one scenario. They take the next number out of shared memory
 * and write what came of it as a line of JSON into a pipe.
 *
 * Threads: the main thread, which forks before there are others. Locks: none;
 * numbers in shared memory are atomic.
 */
#include "eval.h"

#include <errno.h>
#include <gst-voice/json.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_JOBS 64
/* Of a line; longer is no result. */
#define MAX_LINE (4 * 1024 * 1024)

typedef struct
{
  gint next;                    /* atomic: the scenario that nobody has taken */
  gint taken[MAX_JOBS];         /* atomic: what a process plays, or -1 */
} Shared;

typedef struct
{
  pid_t pid;                    /* 0: there is none */
  gint fd;
  GString *text;                /* that has no end of line yet */
} Worker;

typedef struct
{
  GPtrArray *scenarios, *results;
  const EvalSettings *settings;
  EvalDone done;
  gpointer data;

  Shared *shared;
  Worker workers[MAX_JOBS];
} Eval;

/**
 * eval_result_new:
 *
 * Returns: (transfer full): of a scenario that was not played yet
 */
EvalResult *
eval_result_new (void)
{
  EvalResult *result = g_new0 (EvalResult, 1);

  result->failures = g_ptr_array_new_with_free_func (g_free);
  result->reason = g_strdup ("");
  return result;
}

/**
 * eval_result_free:
 * @result: (transfer full): a result
 */
void
eval_result_free (EvalResult * result)
{
  g_ptr_array_unref (result->failures);
  g_free (result->reason);
  g_free (result);
}

static gchar *
result_to_line (guint i, const EvalResult * result)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "{\"n\":%u,\"turns\":%u,\"tools\":%u,\"call\":",
      i, result->turns, result->tools);
  gst_voice_json_append_number (out, result->call);
  g_string_append (out, ",\"took\":");
  gst_voice_json_append_number (out, result->took);
  g_string_append (out, ",\"reason\":");
  gst_voice_json_append_string (out, result->reason);
  g_string_append (out, ",\"failures\":[");
  for (guint k = 0; k < result->failures->len; k++) {
    gchar *text = g_utf8_make_valid (result->failures->pdata[k], -1);

    if (k > 0)
      g_string_append_c (out, ',');
    gst_voice_json_append_string (out, text);
    g_free (text);
  }
  g_string_append (out, "]}\n");
  return g_string_free (out, FALSE);
}

static void
take_line (Eval * eval, const gchar * line)
{
  JsonNode *node = gst_voice_json_parse (line, -1, MAX_LINE, 4, NULL);
  JsonObject *object = node ? json_node_get_object (node) : NULL;
  guint n = object ? json_object_get_int_member (object, "n") : 0;
  EvalResult *result;
  JsonArray *failures;

  if (!object || n >= eval->results->len) {
    g_clear_pointer (&node, json_node_unref);
    return;
  }
  result = eval->results->pdata[n];
  failures = json_object_get_array_member (object, "failures");
  for (guint i = 0; i < json_array_get_length (failures); i++)
    g_ptr_array_add (result->failures,
        g_strdup (json_array_get_string_element (failures, i)));
  g_free (result->reason);
  result->reason = g_strdup (json_object_get_string_member (object, "reason"));
  result->turns = json_object_get_int_member (object, "turns");
  result->tools = json_object_get_int_member (object, "tools");
  result->call = json_object_get_double_member (object, "call");
  result->took = json_object_get_double_member (object, "took");
  result->done = TRUE;
  json_node_unref (node);
  eval->done (n, eval->data);
}

static gboolean
write_all (gint fd, const gchar * text)
{
  gsize left = strlen (text);
  gssize n;

  while (left > 0) {
    n = write (fd, text, left);
    if (n < 0 && errno != EINTR)
      return FALSE;
    if (n > 0) {
      text += n;
      left -= n;
    }
  }
  return TRUE;
}

static void
work (Eval * eval, guint slot, gint fd)
{
  EvalResult *result;
  gboolean ok = TRUE;
  gchar *line;
  gint i;

  while (ok && (i = g_atomic_int_add (&eval->shared->next, 1))
      < (gint) eval->scenarios->len) {
    g_atomic_int_set (&eval->shared->taken[slot], i);
    result = eval_result_new ();
    eval_play (eval->scenarios->pdata[i], eval->settings, result);
    line = result_to_line (i, result);
    ok = write_all (fd, line);
    g_free (line);
    eval_result_free (result);
    g_atomic_int_set (&eval->shared->taken[slot], -1);
  }
}

static gboolean
start (Eval * eval, guint slot)
{
  Worker *worker = &eval->workers[slot];
  gint ends[2];

  if (pipe (ends) < 0)
    return FALSE;
  g_atomic_int_set (&eval->shared->taken[slot], -1);
  fflush (NULL);
  worker->pid = fork ();
  if (worker->pid == 0) {
    close (ends[0]);
    work (eval, slot, ends[1]);
    fflush (NULL);
    _exit (0);
  }
  close (ends[1]);
  worker->fd = ends[0];
  worker->text = g_string_new (NULL);
  if (worker->pid > 0)
    return TRUE;
  worker->pid = 0;
  close (worker->fd);
  g_string_free (worker->text, TRUE);
  return FALSE;
}

static void
take_lines (Eval * eval, Worker * worker)
{
  gchar *end;

  while ((end = strchr (worker->text->str, '\n'))) {
    *end = '\0';
    take_line (eval, worker->text->str);
    g_string_erase (worker->text, 0, end + 1 - worker->text->str);
  }
}

static void
blame (Eval * eval, gint i, gint status)
{
  EvalResult *result = eval->results->pdata[i];

  g_ptr_array_add (result->failures, WIFSIGNALED (status) ?
      g_strdup_printf ("the process of the call crashed: %s",
          g_strsignal (WTERMSIG (status))) :
      g_strdup_printf ("the process of the call ended by status %d",
          WEXITSTATUS (status)));
  result->done = TRUE;
  eval->done (i, eval->data);
}

/* A process that has ended before its work goes on in another one. */
static void
end (Eval * eval, guint slot)
{
  Worker *worker = &eval->workers[slot];
  gint taken = g_atomic_int_get (&eval->shared->taken[slot]);
  gint status = 0;

  close (worker->fd);
  g_string_free (worker->text, TRUE);
  while (waitpid (worker->pid, &status, 0) < 0 && errno == EINTR);
  worker->pid = 0;
  if (taken < 0)
    return;
  if (!((EvalResult *) eval->results->pdata[taken])->done)
    blame (eval, taken, status);
  start (eval, slot);
}

static void
read_from (Eval * eval, guint slot)
{
  Worker *worker = &eval->workers[slot];
  gchar part[4096];
  gssize n = read (worker->fd, part, sizeof (part));

  if (n > 0 && worker->text->len < MAX_LINE) {
    g_string_append_len (worker->text, part, n);
    take_lines (eval, worker);
  } else if (n >= 0 || errno != EINTR) {
    end (eval, slot);
  }
}

static guint
wait_for_any (Eval * eval, guint jobs)
{
  struct pollfd fds[MAX_JOBS];
  guint slots[MAX_JOBS];
  guint n = 0;

  for (guint i = 0; i < jobs; i++) {
    if (eval->workers[i].pid) {
      slots[n] = i;
      fds[n++] = (struct pollfd) {
        .fd = eval->workers[i].fd,.events = POLLIN
      };
    }
  }
  if (n == 0 || poll (fds, n, -1) < 0)
    return n;
  for (guint i = 0; i < n; i++) {
    if (fds[i].revents)
      read_from (eval, slots[i]);
  }
  return n;
}

/* If no process could be made. */
static void
complain_undone (Eval * eval)
{
  for (guint i = 0; i < eval->results->len; i++) {
    EvalResult *result = eval->results->pdata[i];

    if (result->done)
      continue;
    g_ptr_array_add (result->failures, g_strdup ("there was no process to "
            "play it"));
    result->done = TRUE;
    eval->done (i, eval->data);
  }
}

/**
 * eval_run:
 * @scenarios: (element-type Scenario): all of them
 * @settings: how
 * @results: (element-type EvalResult): as many, that are filled in
 * @done: is called for each result
 * @data: for @done
 *
 * Plays all of them.
 */
void
eval_run (GPtrArray * scenarios, const EvalSettings * settings,
    GPtrArray * results, EvalDone done, gpointer data)
{
  guint jobs = CLAMP (settings->jobs, 1, MAX_JOBS);
  Eval *eval = g_new0 (Eval, 1);

  eval->scenarios = scenarios;
  eval->results = results;
  eval->settings = settings;
  eval->done = done;
  eval->data = data;
  eval->shared = mmap (NULL, sizeof (Shared), PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (eval->shared != MAP_FAILED) {
    for (guint i = 0; i < MIN (jobs, scenarios->len); i++)
      start (eval, i);
    while (wait_for_any (eval, jobs) > 0);
    munmap (eval->shared, sizeof (Shared));
  }
  complain_undone (eval);
  g_free (eval);
}

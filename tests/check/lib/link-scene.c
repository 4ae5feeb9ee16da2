/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A stage with nothing to do but to be told by a link.
 *
 * Threads: the test, and the stage's task. Locks: `lock` guards what was told.
 */
#include "link-scene.h"

#include <string.h>

typedef GstVoiceStage DeafStage;
typedef GstVoiceStageClass DeafStageClass;
static GType deaf_stage_get_type (void);
G_DEFINE_TYPE (DeafStage, deaf_stage, gst_voice_stage_get_type ());

static GstStaticPadTemplate any_sink = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate any_src = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static GstFlowReturn
deaf_input (GstVoiceStage * stage, GstBuffer * buffer)
{
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
deaf_stage_class_init (DeafStageClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  gst_element_class_add_static_pad_template (element_class, &any_sink);
  gst_element_class_add_static_pad_template (element_class, &any_src);
  gst_element_class_set_static_metadata (element_class, "Deaf", "Test",
      "Does nothing", "gst-voice");
  klass->input = deaf_input;
}

static void
deaf_stage_init (DeafStage * self)
{
}

static void
note (LinkScene * s, const gchar * format, ...)
G_GNUC_PRINTF (2, 3);

     static void note (LinkScene * s, const gchar * format, ...)
{
  va_list args;
  gchar *what;

  g_assert_true (gst_voice_stage_in_task (s->stage));
  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_mutex_lock (&s->lock);
  g_assert_false (s->over);
  g_string_append_printf (s->told, "%s%s", s->told->len ? " " : "", what);
  g_cond_broadcast (&s->changed);
  g_mutex_unlock (&s->lock);
  if (s->content_at && strstr (what, s->content_at))
    gst_voice_link_expect (s->link, FALSE);
  if (s->close_at && strstr (what, s->close_at))
    g_clear_pointer (&s->link, gst_voice_link_close);
  g_free (what);
}

static void
block (LinkScene * s, gsize size)
{
  g_mutex_lock (&s->lock);
  s->bytes += size;
  s->n_messages++;
  if (s->block_at_first) {
    s->block_at_first = FALSE;
    s->blocked = TRUE;
    g_cond_broadcast (&s->changed);
    while (s->blocked)
      g_cond_wait (&s->changed, &s->lock);
  }
  g_mutex_unlock (&s->lock);
}

static void
on_opened (GstVoiceStage * stage, gpointer data)
{
  LinkScene *s = data;

  g_assert_true (gst_voice_link_is_open (s->link));
  note (s, "open");
}

static void
on_text (GstVoiceStage * stage, const gchar * event, const gchar * text,
    gsize size, gpointer data)
{
  LinkScene *s = data;

  g_assert_cmpuint (strlen (text), ==, size);
  if (size <= 100)
    note (s, "%s:%s", event, text);
  block (s, size);
}

static void
on_binary (GstVoiceStage * stage, GBytes * bytes, gpointer data)
{
  LinkScene *s = data;
  gsize size = g_bytes_get_size (bytes);

  if (size <= 100)
    note (s, "[%.*s]", (gint) size, (const gchar *) g_bytes_get_data (bytes,
            NULL));
  block (s, size);
}

static void
on_closed (GstVoiceStage * stage, const GstVoiceLinkEnd * end, gpointer data)
{
  LinkScene *s = data;

  g_assert_false (gst_voice_link_is_open (s->link));
  note (s, "end");
  g_mutex_lock (&s->lock);
  s->over = TRUE;
  s->error = end->error ? g_error_copy (end->error) : NULL;
  s->status = end->http_status;
  s->close_code = end->close_code;
  s->reason = g_strdup (end->reason);
  s->body = g_strdup (end->body);
  s->request_id = g_strdup (end->request_id);
  s->retry_after = end->retry_after;
  s->received = end->received;
  g_cond_broadcast (&s->changed);
  g_mutex_unlock (&s->lock);
}

void
link_scene_begin (LinkScene * s)
{
  memset (s, 0, sizeof *s);
  g_mutex_init (&s->lock);
  g_cond_init (&s->changed);
  s->told = g_string_new (NULL);
  s->pipeline = gst_pipeline_new (NULL);
  s->stage = g_object_new (deaf_stage_get_type (), NULL);
  gst_bin_add (GST_BIN (s->pipeline), GST_ELEMENT (s->stage));
  gst_element_set_state (s->pipeline, GST_STATE_PLAYING);
}

void
link_scene_end (LinkScene * s)
{
  gst_voice_link_close (s->link);
  gst_element_set_state (s->pipeline, GST_STATE_NULL);
  gst_object_unref (s->pipeline);
  g_string_free (s->told, TRUE);
  g_clear_error (&s->error);
  g_free (s->reason);
  g_free (s->body);
  g_free (s->request_id);
  g_cond_clear (&s->changed);
  g_mutex_clear (&s->lock);
}

typedef struct
{
  LinkScene *scene;
  void (*func) (LinkScene * s);
  gboolean done;
} Job;

static void
do_job (GstVoiceStage * stage, gpointer data)
{
  Job *job = data;
  LinkScene *s = job->scene;

  if (job->func)
    job->func (s);
  g_mutex_lock (&s->lock);
  job->done = TRUE;
  g_cond_broadcast (&s->changed);
  g_mutex_unlock (&s->lock);
}

void
link_scene_do (LinkScene * s, void (*func) (LinkScene * s))
{
  Job job = { s, func, FALSE };

  g_assert_true (gst_voice_stage_post (s->stage, do_job, &job, NULL));
  g_mutex_lock (&s->lock);
  while (!job.done)
    g_cond_wait (&s->changed, &s->lock);
  g_mutex_unlock (&s->lock);
}

void
link_scene_settle (LinkScene * s)
{
  link_scene_do (s, NULL);
}

static void
open_it (LinkScene * s)
{
  static const GstVoiceLinkEvents events = {
    on_opened, on_text, on_binary, on_closed
  };

  gst_voice_link_open (s->link, &events, s);
}

void
link_scene_open (LinkScene * s, GstVoiceLink * link)
{
  s->link = link;
  link_scene_do (s, open_it);
}

void
link_scene_wait_told (LinkScene * s, const gchar * what)
{
  g_mutex_lock (&s->lock);
  while (!strstr (s->told->str, what))
    g_cond_wait (&s->changed, &s->lock);
  g_mutex_unlock (&s->lock);
}

void
link_scene_wait_over (LinkScene * s)
{
  g_mutex_lock (&s->lock);
  while (!s->over)
    g_cond_wait (&s->changed, &s->lock);
  g_mutex_unlock (&s->lock);
}

void
link_scene_wait_blocked (LinkScene * s)
{
  g_mutex_lock (&s->lock);
  while (!s->blocked)
    g_cond_wait (&s->changed, &s->lock);
  g_mutex_unlock (&s->lock);
}

void
link_scene_go_on (LinkScene * s)
{
  g_mutex_lock (&s->lock);
  s->blocked = FALSE;
  g_cond_broadcast (&s->changed);
  g_mutex_unlock (&s->lock);
}

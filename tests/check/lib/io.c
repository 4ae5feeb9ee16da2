/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The network thread: that it exists when it should and not otherwise, order,
 * timers, and every way to end it.
 */
#include <gst-voice/io.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Lets a test wait for the network thread. */
typedef struct
{
  GMutex lock;
  GCond cond;
  guint count;
} Counter;

static void
counter_init (Counter * counter)
{
  g_mutex_init (&counter->lock);
  g_cond_init (&counter->cond);
  counter->count = 0;
}

static void
counter_clear (Counter * counter)
{
  g_mutex_clear (&counter->lock);
  g_cond_clear (&counter->cond);
}

static void
counter_add (gpointer data)
{
  Counter *counter = data;

  g_mutex_lock (&counter->lock);
  counter->count++;
  g_cond_broadcast (&counter->cond);
  g_mutex_unlock (&counter->lock);
}

static void
counter_wait (Counter * counter, guint count)
{
  g_mutex_lock (&counter->lock);
  while (counter->count < count)
    g_cond_wait (&counter->cond, &counter->lock);
  g_mutex_unlock (&counter->lock);
}

static guint
count_in (const gchar * path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  g_dir_close (dir);
  return n;
}

static guint
count_io_threads (void)
{
  GDir *dir = g_dir_open ("/proc/self/task", 0, NULL);
  const gchar *task;
  guint n = 0;

  while ((task = g_dir_read_name (dir))) {
    gchar *path = g_build_filename ("/proc/self/task", task, "comm", NULL);
    gchar *name = NULL;

    if (g_file_get_contents (path, &name, NULL, NULL))
      n += g_str_equal (name, "voice-io\n");
    g_free (name);
    g_free (path);
  }
  g_dir_close (dir);
  return n;
}

/* A thread that was joined is seen a moment longer; one that stays makes the
 * test run into its timeout. */
static void
wait_for_no_thread (void)
{
  while (count_io_threads () > 0)
    g_thread_yield ();
}

static void
nothing_before_the_first_use (void)
{
  Counter destroyed;

  counter_init (&destroyed);
  g_assert_cmpuint (count_io_threads (), ==, 0);
  g_assert_false (gst_voice_io_is_owner ());
  g_assert_false (gst_voice_io_post (counter_add, NULL, NULL));
  g_assert_false (gst_voice_io_post (counter_add, &destroyed, counter_add));
  g_assert_cmpuint (destroyed.count, ==, 1);
  g_assert_cmpuint (count_io_threads (), ==, 0);
  counter_clear (&destroyed);
}

static void
note_owner (gpointer data)
{
  gboolean *owner = data;

  *owner = gst_voice_io_is_owner ();
}

static void
note_name (gpointer data)
{
  g_file_get_contents ("/proc/thread-self/comm", data, NULL, NULL);
}

static void
runs_on_a_thread_of_its_own (void)
{
  gboolean owner = FALSE;
  gchar *name = NULL;

  gst_voice_io_ref ();
  g_assert_true (gst_voice_io_post (note_owner, &owner, NULL));
  g_assert_true (gst_voice_io_post (note_name, &name, NULL));
  g_assert_false (gst_voice_io_is_owner ());
  gst_voice_io_unref ();
  g_assert_true (owner);
  g_assert_cmpstr (name, ==, "voice-io\n");
  wait_for_no_thread ();
  g_free (name);
}

static void
starts_again (void)
{
  guint before;

  g_main_context_default ();    /* comes with the first thread and stays */
  before = count_in ("/proc/self/fd");
  for (guint i = 0; i < 50; i++) {
    gboolean owner = FALSE;

    gst_voice_io_ref ();
    gst_voice_io_ref ();
    gst_voice_io_unref ();
    g_assert_true (gst_voice_io_post (note_owner, &owner, NULL));
    gst_voice_io_unref ();
    g_assert_true (owner);
  }
  wait_for_no_thread ();
  g_assert_cmpuint (count_in ("/proc/self/fd"), ==, before);
}

typedef struct
{
  GArray *order;
  guint value;
} Entry;

static void
append_entry (gpointer data)
{
  Entry *entry = data;

  g_array_append_val (entry->order, entry->value);
}

static void
post_entry (GArray * order, guint value)
{
  Entry *entry = g_new (Entry, 1);

  entry->order = order;
  entry->value = value;
  g_assert_true (gst_voice_io_post (append_entry, entry, g_free));
}

typedef struct
{
  GArray *order;
  Counter counter;
} Nested;

static void
post_nested (gpointer data)
{
  Nested *nested = data;

  post_entry (nested->order, 2);
  post_entry (nested->order, 3);
  gst_voice_io_post (counter_add, &nested->counter, NULL);
  /* Posted on the thread itself, too, it runs later. */
  g_assert_cmpuint (nested->order->len, ==, 1);
}

static void
order_is_kept (void)
{
  Nested nested = { g_array_new (FALSE, FALSE, sizeof (guint)), };

  counter_init (&nested.counter);
  gst_voice_io_ref ();
  post_entry (nested.order, 1);
  g_assert_true (gst_voice_io_post (post_nested, &nested, NULL));
  counter_wait (&nested.counter, 1);
  for (guint i = 4; i <= 1000; i++)
    post_entry (nested.order, i);
  gst_voice_io_unref ();
  g_assert_cmpuint (nested.order->len, ==, 1000);
  for (guint i = 0; i < nested.order->len; i++)
    g_assert_cmpuint (g_array_index (nested.order, guint, i), ==, i + 1);
  g_array_unref (nested.order);
  counter_clear (&nested.counter);
}

#define POSTERS 8
#define POSTS 2000

typedef struct
{
  guint poster;
  guint number;
} Post;

static guint next_of[POSTERS];  /* network thread */

static void
check_post (gpointer data)
{
  Post *post = data;

  g_assert_cmpuint (post->number, ==, next_of[post->poster]);
  next_of[post->poster]++;
}

static gpointer
poster (gpointer data)
{
  gst_voice_io_ref ();
  for (guint i = 0; i < POSTS; i++) {
    Post *post = g_new (Post, 1);

    post->poster = GPOINTER_TO_UINT (data);
    post->number = i;
    g_assert_true (gst_voice_io_post (check_post, post, g_free));
  }
  gst_voice_io_unref ();
  return NULL;
}

/* The last of them to go ends the thread, and another may start it again. */
static void
many_threads_post (void)
{
  GThread *threads[POSTERS];

  memset (next_of, 0, sizeof next_of);
  for (guint i = 0; i < POSTERS; i++)
    threads[i] = g_thread_new ("poster", poster, GUINT_TO_POINTER (i));
  for (guint i = 0; i < POSTERS; i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < POSTERS; i++)
    g_assert_cmpuint (next_of[i], ==, POSTS);
  wait_for_no_thread ();
}

static void
unref_here (gpointer data)
{
  gst_voice_io_unref ();
  /* The thread ends, so it takes nothing more. */
  g_assert_false (gst_voice_io_post (counter_add, data, NULL));
  counter_add (data);
}

static void
at_end_counts (gpointer data)
{
  g_assert_true (gst_voice_io_is_owner ());
  g_assert_false (gst_voice_io_post (counter_add, data, NULL));
  counter_add (data);
}

static void
register_at_end (gpointer data)
{
  gst_voice_io_at_end (at_end_counts, data);
}

static void
ends_on_itself (void)
{
  Counter counter;

  counter_init (&counter);
  gst_voice_io_ref ();
  gst_voice_io_post (register_at_end, &counter, NULL);
  gst_voice_io_post (unref_here, &counter, NULL);
  counter_wait (&counter, 2);

  /* A new one starts beside the old one's last steps. */
  gst_voice_io_ref ();
  g_assert_true (gst_voice_io_post (counter_add, &counter, NULL));
  gst_voice_io_unref ();
  g_assert_cmpuint (counter.count, ==, 3);
  counter_clear (&counter);
  wait_for_no_thread ();
}

static void
end_one (gpointer data)
{
  guint value = 1;

  g_array_append_val ((GArray *) data, value);
}

static void
end_two (gpointer data)
{
  guint value = 2;

  g_array_append_val ((GArray *) data, value);
}

static void
register_both (gpointer data)
{
  gst_voice_io_at_end (end_one, data);
  gst_voice_io_at_end (end_two, data);
}

static void
at_end_in_reverse (void)
{
  GArray *order = g_array_new (FALSE, FALSE, sizeof (guint));

  gst_voice_io_ref ();
  gst_voice_io_post (register_both, order, NULL);
  gst_voice_io_unref ();
  g_assert_cmpuint (order->len, ==, 2);
  g_assert_cmpuint (g_array_index (order, guint, 0), ==, 2);
  g_assert_cmpuint (g_array_index (order, guint, 1), ==, 1);
  g_array_unref (order);
}

typedef struct
{
  Counter fired;
  GstVoiceIoTimer *timer;
  GstVoiceIoTimer *other;
} Timers;

static void
timer_fires (gpointer data)
{
  Timers *timers = data;

  counter_add (&timers->fired);
}

static void
timer_must_not_fire (gpointer data)
{
  g_assert_not_reached ();
}

static void
timer_fires_and_goes (gpointer data)
{
  Timers *timers = data;

  g_clear_pointer (&timers->timer, gst_voice_io_timer_free);
  gst_voice_io_timer_free (timers->other);
  counter_add (&timers->fired);
}

static void
start_and_stop (gpointer data)
{
  Timers *timers = data;

  timers->other = gst_voice_io_timer_new (timer_must_not_fire, NULL);
  gst_voice_io_timer_start (timers->other, 0);
  gst_voice_io_timer_stop (timers->other);
  timers->timer = gst_voice_io_timer_new (timer_fires_and_goes, timers);
  gst_voice_io_timer_start (timers->timer, 3600 * 1000);
  gst_voice_io_timer_start (timers->timer, 1);
}

static void
timers_start_and_stop (void)
{
  Timers timers = { 0 };

  counter_init (&timers.fired);
  gst_voice_io_ref ();
  gst_voice_io_post (start_and_stop, &timers, NULL);
  counter_wait (&timers.fired, 1);
  gst_voice_io_unref ();
  g_assert_null (timers.timer);
  counter_clear (&timers.fired);
  gst_voice_io_timer_free (NULL);
}

static void
start_twice (gpointer data)
{
  Timers *timers = data;

  if (!timers->timer)
    timers->timer = gst_voice_io_timer_new (timer_fires, timers);
  gst_voice_io_timer_start (timers->timer, 0);
}

static void
free_timer (gpointer data)
{
  Timers *timers = data;

  g_assert_cmpuint (timers->fired.count, ==, 2);
  gst_voice_io_timer_start (timers->timer, 3600 * 1000);
  gst_voice_io_timer_free (timers->timer);
}

static void
timer_fires_once_per_start (void)
{
  Timers timers = { 0 };

  counter_init (&timers.fired);
  gst_voice_io_ref ();
  gst_voice_io_post (start_twice, &timers, NULL);
  counter_wait (&timers.fired, 1);
  gst_voice_io_post (start_twice, &timers, NULL);
  counter_wait (&timers.fired, 2);
  gst_voice_io_post (free_timer, &timers, NULL);
  gst_voice_io_unref ();
  counter_clear (&timers.fired);
}

static void
data_came_in_time (gpointer data)
{
  Timers *timers = data;

  gst_voice_io_timer_stop (timers->other);
  counter_add (&timers->fired);
}

/* This thread was busy beyond the deadline, but what the deadline waited for
 * has come: it is dealt with first. */
static void
be_late (gpointer data)
{
  Timers *timers = data;
  gint64 end;

  timers->other = gst_voice_io_timer_new (timer_must_not_fire, NULL);
  gst_voice_io_timer_start (timers->other, 0);
  g_assert_true (gst_voice_io_post (data_came_in_time, timers, NULL));
  end = g_get_monotonic_time () + 2000;
  while (g_get_monotonic_time () < end);
}

static void
free_other (gpointer data)
{
  gst_voice_io_timer_free (((Timers *) data)->other);
}

static void
timer_gives_way_to_events (void)
{
  Timers timers = { 0 };

  counter_init (&timers.fired);
  gst_voice_io_ref ();
  gst_voice_io_post (be_late, &timers, NULL);
  counter_wait (&timers.fired, 1);
  gst_voice_io_post (free_other, &timers, NULL);
  gst_voice_io_unref ();
  counter_clear (&timers.fired);
}

static gboolean
always_ready (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
attach_endless (gpointer data)
{
  GSource *source = g_idle_source_new ();

  g_source_set_callback (source, always_ready, NULL, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  g_source_unref (source);
}

static void
ends_beside_an_endless_source (void)
{
  gst_voice_io_ref ();
  gst_voice_io_post (attach_endless, NULL, NULL);
  gst_voice_io_unref ();
  wait_for_no_thread ();
}

/* As call processes are made: a fork before anybody has used the thread. */
static void
works_after_a_fork (void)
{
  gboolean owner = FALSE;
  int status;
  pid_t pid;

  wait_for_no_thread ();
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    gst_voice_io_ref ();
    gst_voice_io_post (note_owner, &owner, NULL);
    gst_voice_io_unref ();
    _exit (owner ? 0 : 1);
  }
  gst_voice_io_ref ();
  gst_voice_io_post (note_owner, &owner, NULL);
  gst_voice_io_unref ();
  g_assert_true (owner);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/io/not-before-use", nothing_before_the_first_use);
  g_test_add_func ("/io/own-thread", runs_on_a_thread_of_its_own);
  g_test_add_func ("/io/restart", starts_again);
  g_test_add_func ("/io/order", order_is_kept);
  g_test_add_func ("/io/many-threads", many_threads_post);
  g_test_add_func ("/io/ends-on-itself", ends_on_itself);
  g_test_add_func ("/io/at-end", at_end_in_reverse);
  g_test_add_func ("/io/timer", timers_start_and_stop);
  g_test_add_func ("/io/timer-once", timer_fires_once_per_start);
  g_test_add_func ("/io/timer-gives-way", timer_gives_way_to_events);
  g_test_add_func ("/io/endless-source", ends_beside_an_endless_source);
  g_test_add_func ("/io/fork", works_after_a_fork);
  return g_test_run ();
}

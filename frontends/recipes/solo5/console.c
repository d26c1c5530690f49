/* What a program prints goes to Solo5's console, there is nothing to read, and the program ends. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>
#include "solo5.h"

/* How musl's streams begin; all of its stdio ends in the two functions below. */
struct stream {
  unsigned flags;
  unsigned char *read_at, *read_end;
  int (*close)(FILE *);
  unsigned char *write_end, *write_at;
  unsigned char *zero;
  unsigned char *write_start;
  size_t (*read)(FILE *, unsigned char *, size_t);
  size_t (*write)(FILE *, const unsigned char *, size_t);
  off_t (*seek)(FILE *, off_t, int);
  unsigned char *buffer;
  size_t buffer_size;
};

static void print(const void *text, size_t size)
{
  if (size > 0) solo5_console_write(text, size);
}

/* Writes what has gathered in a stream's buffer and `text` after it. */
size_t __stdio_write(FILE *file, const unsigned char *text, size_t size)
{
  struct stream *stream = (struct stream *)file;
  print(stream->write_start, (size_t)(stream->write_at - stream->write_start));
  print(text, size);
  stream->write_end = stream->buffer + stream->buffer_size;
  stream->write_at = stream->write_start = stream->buffer;
  return size;
}

size_t __stdout_write(FILE *file, const unsigned char *text, size_t size)
{
  return __stdio_write(file, text, size);
}

size_t __stdio_read(FILE *file, unsigned char *text, size_t size)
{
  enum { AT_END = 16 };
  (void)text, (void)size;
  ((struct stream *)file)->flags |= AT_END;
  return 0;
}

static int is_console(int file) { return file == STDOUT_FILENO || file == STDERR_FILENO; }

ssize_t write(int file, const void *text, size_t size)
{
  if (!is_console(file)) {
    errno = EBADF;
    return -1;
  }
  print(text, size);
  return (ssize_t)size;
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
  ssize_t all = 0;
  for (int i = 0; i < count; i++) {
    if (write(file, parts[i].iov_base, parts[i].iov_len) < 0) return -1;
    all += (ssize_t)parts[i].iov_len;
  }
  return all;
}

ssize_t read(int file, void *text, size_t size)
{
  (void)text, (void)size;
  if (file == STDIN_FILENO) return 0;
  errno = EBADF;
  return -1;
}

/* What `atexit` has gathered, where somebody uses it. */
void __funcs_on_exit(void) __attribute__((weak));

_Noreturn void exit(int status)
{
  if (__funcs_on_exit != NULL) __funcs_on_exit();
  fflush(NULL);
  solo5_exit(status);
}

_Noreturn void _exit(int status) { solo5_exit(status); }
_Noreturn void _Exit(int status) { solo5_exit(status); }
_Noreturn void abort(void) { solo5_abort(); }

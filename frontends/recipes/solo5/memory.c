/* malloc and its kin on the one piece of memory that a unikernel has.
 *
 * Memory is a row of blocks without gaps. Each knows its own size and that of the block before it,
 * so a block that is freed joins its free neighbours at once. Free blocks are in bins by size: one
 * bin for each small size, four for each power of two above, and a bit for each bin that has any.
 */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void unikernel_memory(uintptr_t start, size_t size);

struct block {
  size_t size;   /* with this header, a multiple of ALIGN; the lowest bit says that it is in use */
  size_t before; /* the size of the block before it, 0 where there is none */
  struct block *next, *previous; /* in its bin, where it is free: then these are free as well */
};

enum { ALIGN = 16, HEADER = 16, SMALLEST = 32, SMALL_BINS = 64, BINS = 256, WORD = 64 };

#define USED ((size_t)1)

static struct block *bins[BINS];
static uint64_t filled[BINS / WORD];

static size_t size_of(const struct block *b) { return b->size & ~USED; }

static struct block *at(void *place, ptrdiff_t distance)
{
  return (struct block *)((char *)place + distance);
}

static struct block *after(struct block *b) { return at(b, (ptrdiff_t)size_of(b)); }

static unsigned bin_of(size_t size)
{
  if (size < SMALL_BINS * ALIGN) return (unsigned)(size / ALIGN);
  unsigned power = 63 - (unsigned)__builtin_clzll(size);
  unsigned quarter = (unsigned)(size >> (power - 2)) & 3;
  return SMALL_BINS + (power - 10) * 4 + quarter;
}

static void put(struct block *b)
{
  unsigned bin = bin_of(b->size);
  b->previous = NULL;
  b->next = bins[bin];
  if (b->next != NULL) b->next->previous = b;
  bins[bin] = b;
  filled[bin / WORD] |= (uint64_t)1 << bin % WORD;
}

static void take(struct block *b)
{
  unsigned bin = bin_of(b->size);
  if (b->next != NULL) b->next->previous = b->previous;
  if (b->previous != NULL) {
    b->previous->next = b->next;
  } else {
    bins[bin] = b->next;
    if (b->next == NULL) filled[bin / WORD] &= ~((uint64_t)1 << bin % WORD);
  }
}

/* A free block of at least `size` bytes: of its own bin the first that fits, of larger bins any. */
static struct block *find(size_t size)
{
  unsigned bin = bin_of(size);
  for (struct block *b = bins[bin]; b != NULL; b = b->next)
    if (b->size >= size) return b;
  for (bin++; bin < BINS; bin = (bin / WORD + 1) * WORD) {
    uint64_t left = filled[bin / WORD] >> bin % WORD;
    if (left != 0) return bins[bin + (unsigned)__builtin_ctzll(left)];
  }
  return NULL;
}

/* Cuts what is above `size` off a block in use; a rest that is too small for a block stays. */
static void cut(struct block *b, size_t size)
{
  size_t rest = size_of(b) - size;
  if (rest < SMALLEST) return;
  b->size = size | USED;
  struct block *new = after(b);
  new->size = rest | USED;
  new->before = size;
  after(new)->before = rest;
  free(at(new, HEADER));
}

/* What a block for `size` bytes has to measure; 0 where nothing does. */
static size_t measure(size_t size)
{
  if (size > PTRDIFF_MAX - HEADER - ALIGN) return 0;
  size = (size + HEADER + ALIGN - 1) & ~(size_t)(ALIGN - 1);
  return size < SMALLEST ? SMALLEST : size;
}

void unikernel_memory(uintptr_t start, size_t size)
{
  uintptr_t end = (start + size) & ~(uintptr_t)(ALIGN - 1);
  start = (start + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1);
  struct block *all = (struct block *)start;
  all->size = end - start - HEADER;
  all->before = 0;
  /* The last block is only a header, in use for ever. */
  struct block *last = after(all);
  last->size = USED;
  last->before = all->size;
  put(all);
}

void *malloc(size_t wanted)
{
  size_t size = measure(wanted);
  struct block *b = size == 0 ? NULL : find(size);
  if (b == NULL) {
    errno = ENOMEM;
    return NULL;
  }
  take(b);
  b->size |= USED;
  cut(b, size);
  return at(b, HEADER);
}

void free(void *place)
{
  if (place == NULL) return;
  struct block *b = at(place, -HEADER);
  b->size = size_of(b);
  struct block *next = after(b);
  if (!(next->size & USED)) {
    take(next);
    b->size += next->size;
  }
  if (b->before != 0) {
    struct block *previous = at(b, -(ptrdiff_t)b->before);
    if (!(previous->size & USED)) {
      take(previous);
      previous->size += b->size;
      b = previous;
    }
  }
  after(b)->before = b->size;
  put(b);
}

void *calloc(size_t count, size_t each)
{
  size_t size;
  if (__builtin_mul_overflow(count, each, &size)) {
    errno = ENOMEM;
    return NULL;
  }
  void *place = malloc(size);
  if (place != NULL) memset(place, 0, size);
  return place;
}

void *realloc(void *place, size_t wanted)
{
  if (place == NULL) return malloc(wanted);
  struct block *b = at(place, -HEADER);
  size_t size = measure(wanted);
  if (size == 0) {
    errno = ENOMEM;
    return NULL;
  }
  struct block *next = after(b);
  if (size > size_of(b) && !(next->size & USED) && size_of(b) + next->size >= size) {
    take(next);
    b->size += next->size;
    after(b)->before = size_of(b);
  }
  if (size <= size_of(b)) {
    cut(b, size);
    return place;
  }
  void *new = malloc(wanted);
  if (new == NULL) return NULL;
  memcpy(new, place, size_of(b) - HEADER);
  free(place);
  return new;
}

void *aligned_alloc(size_t align, size_t wanted)
{
  if (align <= ALIGN) return malloc(wanted);
  size_t size = measure(wanted);
  /* Room to begin at the right place, and for a free block before it. */
  char *place = size == 0 || align > PTRDIFF_MAX - size ? NULL : malloc(size + align + SMALLEST);
  if (place == NULL) {
    errno = ENOMEM;
    return NULL;
  }
  uintptr_t right = ((uintptr_t)place + align - 1) & ~(uintptr_t)(align - 1);
  if (right != (uintptr_t)place) {
    while (right - (uintptr_t)place < SMALLEST) right += align;
    struct block *first = at(place, -HEADER), *b = at((char *)right, -HEADER);
    b->before = (size_t)((char *)b - (char *)first);
    b->size = (size_of(first) - b->before) | USED;
    after(b)->before = size_of(b);
    first->size = b->before | USED;
    free(place);
  }
  cut(at((char *)right, -HEADER), size);
  return (void *)right;
}

int posix_memalign(void **place, size_t align, size_t wanted)
{
  void *new = aligned_alloc(align, wanted);
  if (new == NULL) return ENOMEM;
  *place = new;
  return 0;
}

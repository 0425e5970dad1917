// Drawings that need their size wait until they are about to be seen, or to be printed.
export function whenShown(node, draw) {
  let done = false;
  const once = () => {
    if (done || !node.clientWidth) return;
    done = true;
    observer.disconnect();
    draw();
  };
  const observer = new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && once(),
    { rootMargin: '600px' },
  );
  observer.observe(node);
  addEventListener('beforeprint', once);
}

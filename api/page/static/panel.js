// The filters stand open on wide screens; on a phone the list comes first.
if (matchMedia("(max-width: 1020px)").matches) document.querySelector(".panel")?.removeAttribute("open");

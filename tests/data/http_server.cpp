#include "tests/data/http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace pushforward::data {

HttpServer::HttpServer(Handler handler)
    : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("no loopback socket");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

HttpServer::~HttpServer() {
  ::shutdown(listener_, SHUT_RDWR);  // Wakes accept.
  thread_.join();
  ::close(listener_);
}

std::string HttpServer::url() const {
  return fmt::format("http://127.0.0.1:{}/", port_);
}

std::vector<HttpServer::Request> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void HttpServer::serve() {
  for (int client = 0; (client = ::accept(listener_, nullptr, nullptr)) >= 0;) {
    answer(client);
    ::close(client);
  }
}

void HttpServer::answer(int client) {
  std::string text;
  char buffer[4096];
  while (text.find("\r\n\r\n") == std::string::npos) {
    const auto count = ::recv(client, buffer, sizeof buffer, 0);
    if (count <= 0) return;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  Request request;
  request.path = text.substr(4, text.find(' ', 4) - 4);
  const std::string range = "Range: bytes=";
  if (const auto at = text.find(range); at != std::string::npos)
    request.from = std::stoll(text.substr(at + range.size()));
  {
    const std::lock_guard lock(mutex_);
    request.number = static_cast<int>(requests_.size());
    requests_.push_back(request);
  }
  const Reply reply = handler_(request);
  const auto length = reply.announced >= 0 ? reply.announced : static_cast<std::int64_t>(reply.body.size());
  const std::string bytes =
      fmt::format("HTTP/1.1 {} status\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}", reply.status,
                  length, reply.headers, reply.body);
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto count = ::send(client, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
  constexpr int longest_stall_ms = 20'000;
  pollfd wait{.fd = client, .events = POLLIN, .revents = 0};
  if (reply.stall) ::poll(&wait, 1, longest_stall_ms);
}

HttpServer::Reply whole(const std::string& file, const HttpServer::Request& request) {
  if (request.from == 0) return {.body = file};
  const auto from = static_cast<std::size_t>(request.from);
  if (from >= file.size()) return {.status = 416};
  return {.status = 206,
          .body = file.substr(from),
          .headers = fmt::format("Content-Range: bytes {}-{}/{}\r\n", from, file.size() - 1, file.size())};
}

}  // namespace pushforward::data

// A local HTTP server that misbehaves as told, for the tests of fetch.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pushforward::data {

/// One request at a time on a loopback port of the system's choosing, on its own thread.
class HttpServer {
 public:
  struct Request {
    std::string path;
    std::int64_t from = 0;  ///< Of "Range: bytes=FROM-", else 0.
    int number = 0;         ///< 0, 1, … as they come.
  };
  struct Reply {
    int status = 200;
    std::string body;
    std::int64_t announced = -1;  ///< Content-Length, when it lies.
    bool stall = false;           ///< Send the body, then nothing until the client leaves.
    std::string headers;          ///< Each ending in \r\n.
  };
  using Handler = std::function<Reply(const Request&)>;

  explicit HttpServer(Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// "http://127.0.0.1:PORT/"
  std::string url() const;
  std::vector<Request> requests() const;

 private:
  void serve();
  void answer(int client);

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::thread thread_;
};

/// The file with Range support: 206 and the rest from where the client stopped.
HttpServer::Reply whole(const std::string& file, const HttpServer::Request& request);

}  // namespace pushforward::data
